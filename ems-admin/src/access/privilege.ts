/** What a privilege gives, as its JSON says it. */
export interface Privilege {
  spaces: number[];
  tenants?: number[];
  cost_centers?: number[];
  whole_site?: boolean;
  role?: string;
  permissions?: Record<string, string[]>;
}

/** No role and no permissions: reads and exports, as privileges of MyEMS do. */
export const AS_IN_MYEMS = "";
/** No role, permissions of its own. */
export const OWN = "custom";

/** A privilege's text read; what can't be read starts empty. */
export function readPrivilege(text: unknown): Privilege {
  try {
    const found: unknown = typeof text === "string" && text !== "" ? JSON.parse(text) : {};
    return typeof found === "object" && found !== null ? { spaces: [], ...found } : { spaces: [] };
  } catch {
    // The API gives nothing for such a text either.
    return { spaces: [] };
  }
}

/** The text of a privilege, without members that say nothing. */
export function writePrivilege(privilege: Privilege): string {
  const { spaces, tenants, cost_centers, whole_site, role, permissions } = privilege;
  const kept = Object.entries(permissions ?? {}).filter(([, actions]) => actions.length > 0);
  return JSON.stringify({
    ...privilege,
    spaces,
    tenants: tenants?.length ? tenants : undefined,
    cost_centers: cost_centers?.length ? cost_centers : undefined,
    whole_site: whole_site || undefined,
    role: role || undefined,
    permissions: permissions ? Object.fromEntries(kept) : undefined,
  });
}

/** The choice that a privilege stands for: a role, own permissions, or neither. */
export function roleOf(privilege: Privilege): string {
  return privilege.role ?? (privilege.permissions ? OWN : AS_IN_MYEMS);
}

/** The privilege with another choice; permissions beside a role stay, they add up. */
export function withRole(privilege: Privilege, choice: string): Privilege {
  if (choice === AS_IN_MYEMS) return { ...privilege, role: undefined, permissions: undefined };
  if (choice === OWN) return { ...privilege, role: undefined, permissions: privilege.permissions ?? {} };
  return { ...privilege, role: choice };
}

/** The privilege with one action of a module given or taken. */
export function withAction(
  privilege: Privilege,
  module: string,
  action: string,
  isGiven: boolean,
): Privilege {
  const before = privilege.permissions?.[module] ?? [];
  const after = isGiven ? [...before, action] : before.filter((one) => one !== action);
  return { ...privilege, permissions: { ...privilege.permissions, [module]: [...new Set(after)] } };
}
