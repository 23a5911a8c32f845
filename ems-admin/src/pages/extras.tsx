import { type ComponentType, lazy } from "react";
import type { FieldInputProps } from "../form/FieldInput";
import type { Resource } from "../model/description";
import type { Values } from "../model/values";

/** A section of an item beyond its form and its relations. */
export interface Extra {
  /** Last part of its address, and its name in the texts (`extra.…`). */
  name: string;
  Component: ComponentType<{ resource: Resource; id: string }>;
}

const PointQuality = lazy(async () => ({ default: (await import("../cleaning/PointQuality")).PointQuality }));
const MeterBalance = lazy(async () => ({ default: (await import("../metering/MeterBalance")).MeterBalance }));
const MeterExchanges = lazy(async () => ({
  default: (await import("../metering/MeterExchanges")).MeterExchanges,
}));
const SetValues = lazy(async () => ({ default: (await import("../metering/SetValues")).SetValues }));
const UserSecurity = lazy(async () => ({ default: (await import("../access/UserSecurity")).UserSecurity }));
const ApiKeyUse = lazy(async () => ({ default: (await import("../access/ApiKeyUse")).ApiKeyUse }));
const PrivilegeInput = lazy(async () => ({
  default: (await import("../access/PrivilegeInput")).PrivilegeInput,
}));
const RulePreview = lazy(async () => ({ default: (await import("../cleaning/RulePreview")).RulePreview }));

/** Sections by resource. */
export const EXTRAS: Readonly<Record<string, readonly Extra[]>> = {
  points: [
    { name: "quality", Component: PointQuality },
    { name: "setvalues", Component: SetValues },
  ],
  meters: [
    { name: "balance", Component: MeterBalance },
    { name: "exchanges", Component: MeterExchanges },
  ],
  users: [{ name: "security", Component: UserSecurity }],
  apikeys: [{ name: "use", Component: ApiKeyUse }],
};

/** Inputs that a field has instead of the one of its type, by resource and field. */
export const OWN_INPUTS: Readonly<Record<string, ComponentType<FieldInputProps>>> = {
  "privileges.data": PrivilegeInput,
};

/** What stands below a form and lives on what is typed there, by resource. */
export const ASIDES: Readonly<Record<string, ComponentType<{ values: Values }>>> = {
  cleaningrules: RulePreview,
};
