import { describeError } from "@ems/ui";
import { Select } from "antd";
import { ExternalLink } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { collectionPath, type Field, isChild, useResource } from "../model/description";
import { useNames } from "../model/names";
import { useItems } from "../model/queries";
import { labelOf } from "../model/values";

export interface ReferenceSelectProps {
  field: Field;
  value?: unknown;
  onChange?: (value: unknown) => void;
  id?: string;
  disabled?: boolean;
  parentId?: string;
}

/** Picks an item of another resource by typing part of its name. */
export function ReferenceSelect({ field, value, onChange, id, disabled, parentId }: ReferenceSelectProps) {
  const { t } = useTranslation();
  const names = useNames();
  const resource = useResource(field.reference);
  const path = resource ? collectionPath(resource, parentId) : "";
  const query = useItems(path, {}, resource !== undefined);
  const member = field.reference_value ?? resource?.identity ?? "id";
  const options = (query.data ?? []).map((item) => ({
    value: item[member] as string | number,
    label: resource ? labelOf(resource, item) : String(item.name ?? item[member]),
  }));
  const isOpenable = resource && !isChild(resource) && member === "id" && typeof value === "number";
  return (
    <div className="reference">
      <Select
        id={id}
        showSearch={{ optionFilterProp: "label" }}
        allowClear={!field.required}
        disabled={disabled}
        loading={query.isPending && resource !== undefined}
        status={query.isError ? "error" : undefined}
        value={value === null ? undefined : (value as string | number | undefined)}
        onChange={(next: string | number | undefined) => onChange?.(next ?? null)}
        options={options}
        notFoundContent={query.isError ? describeError(query.error, t) : t("form.nothingFound")}
        placeholder={t("form.pick", { what: resource ? names.singular(resource) : "" })}
      />
      {isOpenable && (
        <Link
          className="btn btn--quiet btn--icon"
          to={`/${resource.name}/${value}`}
          aria-label={t("form.open")}
          title={t("form.open")}
        >
          <ExternalLink size={16} />
        </Link>
      )}
    </div>
  );
}
