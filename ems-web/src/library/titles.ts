import { formatSpan, parseLocal, useLocale } from "@ems/ui";
import { useTranslation } from "react-i18next";
import type { EntityKind } from "../reports/declarations";
import type { EntityItem } from "../reports/parts/ItemPicker";
import { type DocumentHead, useDocuments } from "./api";
import { useItems } from "./names";
import { findOrderable, isPeriod, type Order, readWanted } from "./orders";

/** What an order is about, for people. */
export interface Title {
  report: string;
  about: string;
  period: string;
}

/** Names of orders; the entities' names are asked for by kind, each kind once. */
export function useTitles(orders: readonly Order[]): (order: Order) => Title {
  const { t } = useTranslation();
  const locale = useLocale();
  const documents = useDocuments().data?.documents ?? [];
  const kinds = orders.map((order) => subjectOf(order)).filter((kind) => kind !== null);
  const items = useItems(kinds);
  return (order) => toTitle(order, items, documents, { t, locale });
}

/** The kind of thing an order is about; null for documents and unknown reports. */
function subjectOf(order: Order): EntityKind | null {
  const draft = readWanted(order);
  if (!draft) return null;
  return findOrderable(draft.kind)?.isOfSpace ? "space" : draft.entity;
}

/** Who reads: texts and formats of a language. */
interface Reader {
  t: (key: string, values?: Record<string, unknown>) => string;
  locale: string;
}

function toTitle(
  order: Order,
  items: ReadonlyMap<EntityKind, readonly EntityItem[]>,
  documents: readonly DocumentHead[],
  { t, locale }: Reader,
): Title {
  if (order.document) {
    const name = documents.find((one) => one.id === order.document)?.name;
    return { report: name ?? t("library.goneDocument"), about: t("library.document"), period: "" };
  }
  const draft = readWanted(order);
  const subject = subjectOf(order);
  const report = draft && findOrderable(draft.kind);
  if (!draft || !report || !subject) return { report: order.report ?? "", about: "", period: "" };
  const name = items.get(subject)?.find((item) => item.id === draft.id)?.name ?? `#${draft.id}`;
  const about = report.isOfSpace ? `${name} · ${t(`entity.${draft.entity}.name`)}` : name;
  return { report: t(report.name), about, period: periodText(order, { t, locale }) };
}

function periodText(order: Order, { t, locale }: Reader): string {
  if (isPeriod(order.period)) return t(`library.periods.${order.period}`);
  const start = parseLocal(String(order.parameters?.reportingperiodstartdatetime ?? ""));
  const end = parseLocal(String(order.parameters?.reportingperiodenddatetime ?? ""));
  return start < end ? formatSpan({ start, end }, locale) : "";
}
