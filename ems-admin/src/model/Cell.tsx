import { formatExact, NO_DATA, useLocale } from "@ems/ui";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Field } from "./description";
import { formatDay, useMoments } from "./moments";
import { useNames } from "./names";
import { getPath, type Item } from "./values";

function rawValue(item: Item, field: Field): unknown {
  const own = getPath(item, field.read_name ?? field.name);
  if (own !== undefined || field.type !== "reference") return own;
  return getPath(item, field.name.replace(/(_id|\.id)$/, ""));
}

function hasName(value: unknown): value is { name: unknown } {
  return typeof value === "object" && value !== null && "name" in value;
}

/** Plain text of a value, for search and sort. */
export function textOf(item: Item, field: Field): string {
  const value = rawValue(item, field);
  if (value === null || value === undefined) return "";
  if (hasName(value)) return String(value.name);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The member of an item that a list is sorted by for a field, or empty when the server can't. */
export function sortKey(item: Item, field: Field): string {
  const name = field.read_name ?? field.name;
  const key = name in item ? name : field.name.replace(/(_id|\.id)$/, "");
  const value = item[key];
  return key in item &&
    !Array.isArray(value) &&
    (typeof value !== "object" || value === null || hasName(value))
    ? key
    : "";
}

const LONGEST_CHARS = 60;

const ISO_START = /^\d{4}-\d\d-\d\d/;

function Moment({ text }: { text: string }) {
  const moments = useMoments();
  return <time dateTime={text}>{ISO_START.test(text) ? moments.zoned(text) : text}</time>;
}

/** A value in a list. */
export function Cell({ item, field }: { item: Item; field: Field }) {
  const { t } = useTranslation();
  const names = useNames();
  const locale = useLocale();
  const value = rawValue(item, field);
  if (value === null || value === undefined || value === "") return <span className="muted">{NO_DATA}</span>;
  switch (field.type) {
    case "boolean":
      return value ? (
        <span className="badge badge--good">
          <Check size={12} aria-hidden="true" /> {t("list.yes")}
        </span>
      ) : (
        <span className="muted">{t("list.no")}</span>
      );
    case "number":
    case "integer":
      return (
        <>
          {typeof value === "number" ? formatExact(value, locale) : String(value)}
          {field.unit && <span className="muted"> {field.unit}</span>}
        </>
      );
    case "datetime":
      return <Moment text={String(value)} />;
    case "date":
      return <>{formatDay(String(value), locale)}</>;
    case "choice":
      return <>{names.choice(field, value)}</>;
    default: {
      const text = textOf(item, field);
      const isLong = text.length > LONGEST_CHARS;
      return (
        <span title={isLong ? text : undefined}>{isLong ? `${text.slice(0, LONGEST_CHARS)}…` : text}</span>
      );
    }
  }
}
