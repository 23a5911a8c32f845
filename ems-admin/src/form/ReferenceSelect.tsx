import { api, describeError } from "@ems/ui";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { ExternalLink } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import {
  collectionPath,
  type Field,
  isChild,
  itemPath,
  type Resource,
  useResource,
} from "../model/description";
import { useNames } from "../model/names";
import { collectionKey, readPart } from "../model/queries";
import { type Item, labelOf } from "../model/values";

export interface ReferenceSelectProps {
  field: Field;
  value?: unknown;
  onChange?: (value: unknown) => void;
  id?: string;
  disabled?: boolean;
  parentId?: string;
}

/** More than these are found by typing. */
const MOST_OFFERED = 50;

function useOffered(resource: Resource | undefined, parentId: string | undefined, text: string) {
  const path = resource ? collectionPath(resource, parentId) : "";
  return useQuery({
    queryKey: [...collectionKey(path), "offered", text],
    enabled: resource !== undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => readPart(path, { q: text, sort: "", page: 1, limit: MOST_OFFERED }, signal),
  });
}

/** The item that is chosen, when it is not among those offered. */
function useChosen(
  resource: Resource | undefined,
  parentId: string | undefined,
  value: unknown,
  isWanted: boolean,
) {
  const path = resource && isWanted ? itemPath(resource, String(value), parentId) : "";
  return useQuery({
    queryKey: [...collectionKey(resource ? collectionPath(resource, parentId) : ""), "chosen", path],
    enabled: path !== "",
    queryFn: ({ signal }) => api.get<Item>(`/v1${path}`, { signal }),
  });
}

interface Options {
  options: { value: string | number; label: string }[];
  /** How many more a search would find. */
  hidden: number;
  query: ReturnType<typeof useOffered>;
}

/** What can be picked for a search text, and what is chosen already. */
function useOptions(props: ReferenceSelectProps, resource: Resource | undefined, text: string): Options {
  const { field, value, parentId } = props;
  const query = useOffered(resource, parentId, useDeferredValue(text));
  const identity = resource?.identity ?? "id";
  const member = field.reference_value ?? identity;
  const toOption = (item: Item) => ({
    value: item[member] as string | number,
    label: resource ? labelOf(resource, item) : String(item.name ?? item[member]),
  });
  const offered = (query.data?.items ?? []).map(toOption);
  const isMissing =
    !isEmpty(value) && query.data !== undefined && offered.every((option) => option.value !== value);
  const chosen = useChosen(resource, parentId, value, isMissing && member === identity);
  return {
    options: isMissing && chosen.data ? [...offered, toOption(chosen.data)] : offered,
    hidden: (query.data?.total ?? 0) - offered.length,
    query,
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

/** Picks an item of another resource by typing part of its name; the server searches. */
export function ReferenceSelect(props: ReferenceSelectProps) {
  const { field, value, onChange, id, disabled } = props;
  const { t } = useTranslation();
  const names = useNames();
  const resource = useResource(field.reference);
  const [text, setText] = useState("");
  const { options, hidden, query } = useOptions(props, resource, text);
  const isOpenable =
    resource && !isChild(resource) && field.reference_value === undefined && typeof value === "number";
  return (
    <div className="reference">
      <Select
        id={id}
        showSearch={{ filterOption: false, onSearch: setText }}
        allowClear={!field.required}
        disabled={disabled}
        loading={query.isPending && resource !== undefined}
        status={query.isError ? "error" : undefined}
        value={isEmpty(value) ? undefined : (value as string | number)}
        onChange={(next: string | number | undefined) => onChange?.(next ?? null)}
        onOpenChange={(isOpen) => {
          if (!isOpen) setText("");
        }}
        options={options}
        notFoundContent={query.isError ? describeError(query.error, t) : t("form.nothingFound")}
        placeholder={t("form.pick", { what: resource ? names.singular(resource) : "" })}
        popupRender={(menu) => (
          <>
            {menu}
            {hidden > 0 && <p className="muted reference__more">{t("form.more", { count: hidden })}</p>}
          </>
        )}
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
