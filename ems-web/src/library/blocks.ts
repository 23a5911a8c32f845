import type { Block, ReportDocument, Shown } from "./api";
import { type Comparison, type Draft, isPeriod, ORDERABLES, readWanted, toWanted } from "./orders";

/** What can be put into a document. */
export const BLOCK_KINDS = ["text", "kpi", "chart", "table", "whole"] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];

/** A block while it is worked on: `report` is null for a text. */
export interface EditedBlock {
  /** Of this editing only. */
  key: string;
  title: string;
  text: string;
  report: Draft | null;
  show: readonly Shown[];
  table: string;
}

/** A document while it is worked on. */
export interface EditedDocument {
  name: string;
  subtitle: string;
  isShared: boolean;
  period: string;
  compare: Comparison;
  blocks: readonly EditedBlock[];
}

/** Reports whose values are read here as well, so that a block shows them while it is made. */
export const BLOCK_REPORTS = ORDERABLES.filter(
  (one) => !["bill", "batch", "registers", "balance"].includes(one.kind),
);

const SHOWN_BY: Record<Exclude<BlockKind, "text">, readonly Shown[]> = {
  kpi: ["kpi"],
  chart: ["chart"],
  table: ["table"],
  whole: ["kpi", "chart", "table"],
};

let count = 0;

function nextKey(): string {
  count += 1;
  // Kept drafts hold keys of earlier visits.
  return `block-${Date.now()}-${count}`;
}

/** An empty block of a kind, about a space. */
export function newBlock(kind: BlockKind, spaceId: number): EditedBlock {
  const block = { key: nextKey(), title: "", text: "", table: "" };
  if (kind === "text") return { ...block, report: null, show: [] };
  const report: Draft = { kind: "energycategory", entity: "space", id: spaceId, period: "view", compare: "" };
  return { ...block, report, show: SHOWN_BY[kind] };
}

export function emptyDocument(name: string): EditedDocument {
  return { name, subtitle: "", isShared: false, period: "last_month", compare: "previous", blocks: [] };
}

function readCompare(text: string | undefined): Comparison {
  return text === "previous" || text === "year_before" ? text : "";
}

/** A stored document, made ready to be worked on. */
export function readDocument(stored: ReportDocument): EditedDocument {
  return {
    name: stored.name,
    subtitle: stored.subtitle,
    isShared: stored.is_shared,
    period: stored.period,
    compare: readCompare(stored.compare),
    blocks: stored.blocks.map((block) => ({
      key: nextKey(),
      title: block.title ?? "",
      text: block.text ?? "",
      report: block.report ? readWanted(block) : null,
      show: block.show ?? SHOWN_BY.whole,
      table: block.table ?? "",
    })),
  };
}

function writeBlock(block: EditedBlock): Block {
  const { title, text, show, table, report } = block;
  if (!report) return { title, text };
  // A block without a period of its own takes the document's.
  const isOwn = report.period !== "view";
  const wanted = toWanted(isOwn ? report : { ...report, period: "last_month" }, NO_VIEW);
  return {
    ...wanted,
    period: isOwn ? wanted.period : "",
    compare: isOwn ? wanted.compare : "",
    title,
    text,
    show,
    table,
  };
}

const NO_VIEW = { span: { start: 0, end: 0 }, base: null, step: "daily" } as const;

/** What the API stores. */
export function writeDocument(edited: EditedDocument) {
  return {
    name: edited.name.trim(),
    subtitle: edited.subtitle,
    is_shared: edited.isShared,
    period: edited.period,
    compare: edited.compare,
    blocks: edited.blocks.map(writeBlock),
  };
}

/** The period of a block: its own, or the document's. */
export function periodOf(block: EditedBlock, document: EditedDocument) {
  const own = block.report?.period;
  if (own && own !== "view") return { period: own, compare: block.report?.compare ?? "" };
  const period = isPeriod(document.period) ? document.period : ("last_month" as const);
  return { period, compare: document.compare };
}

/** A list with one of its members elsewhere. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [item] = next.splice(from, 1);
  if (item === undefined) return [...list];
  next.splice(to, 0, item);
  return next;
}

/** A list with a new member at a place. */
export function inserted<T>(list: readonly T[], at: number, item: T): T[] {
  return [...list.slice(0, at), item, ...list.slice(at)];
}
