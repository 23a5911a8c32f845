import { add, type LocalTime, type Span, type Step, startOf, toIsoLocal, type Unit } from "@ems/ui";
import { BATCH_ENTITIES, type EntityKind, endpoint, findEntity, REPORTS } from "../reports/declarations";

/** Forms of a file, as the API makes them. */
export const FORMS = ["pdf", "xlsx", "csv", "json", "png", "svg"] as const;
export type Form = (typeof FORMS)[number];

/** What the API's workers write in. */
export const FILE_LANGUAGES = { en: "English", de: "Deutsch", zh_CN: "简体中文" } as const;

export interface OrderedEntity {
  kind: string;
  id: number;
}

/** A report of a period, as the API takes it in orders and in blocks of documents. */
export interface Wanted {
  report?: string;
  entity?: OrderedEntity | null;
  parameters?: Readonly<Record<string, string | number | boolean>>;
  period?: string;
  compare?: string;
}

export interface Order extends Wanted {
  document?: string;
  form: string;
  language: string;
}

/** A report that can be ordered as a file: one row. */
export interface Orderable {
  kind: string;
  /** Key of its name among the texts. */
  name: string;
  entities: readonly EntityKind[];
  path: (entity: EntityKind) => string;
  /** The order is about a space; the kind says what is listed of it. */
  isOfSpace?: boolean;
  parameters?: Readonly<Record<string, string>>;
}

const PREFIX = "/v1/reports/";

export const ORDERABLES: readonly Orderable[] = [
  ...REPORTS.map((report) => ({
    kind: report.kind,
    name: `report.${report.kind}.name`,
    entities: report.entities,
    path: (entity: EntityKind) => endpoint(report, entity).slice(PREFIX.length),
  })),
  { kind: "bill", name: "nav.bills", entities: ["tenant"], path: () => "tenantbill" },
  {
    kind: "batch",
    name: "nav.batch",
    entities: BATCH_ENTITIES,
    path: (entity) => `${entity}batch`,
    isOfSpace: true,
  },
  {
    kind: "registers",
    name: "nav.registers",
    entities: ["space"],
    path: () => "metertracking",
    parameters: { energyCategory: "all" },
  },
  { kind: "balance", name: "nav.balance", entities: ["meter"], path: () => "metersubmetersbalance" },
];

export function findOrderable(kind: string): Orderable | undefined {
  return ORDERABLES.find((one) => one.kind === kind);
}

interface Stretch {
  unit: Unit;
  units: number;
  /** Units between its end and the begin of the running unit; -1 holds the running one. */
  back: number;
  /** Resolution in which it reads well. */
  step: Step;
}

/** The API's periods that move with the clock; whole units of the site's calendar. */
export const PERIODS = {
  today: { unit: "day", units: 1, back: -1, step: "hourly" },
  yesterday: { unit: "day", units: 1, back: 0, step: "hourly" },
  last_7_days: { unit: "day", units: 7, back: 0, step: "daily" },
  last_30_days: { unit: "day", units: 30, back: 0, step: "daily" },
  this_week: { unit: "week", units: 1, back: -1, step: "daily" },
  last_week: { unit: "week", units: 1, back: 0, step: "daily" },
  this_month: { unit: "month", units: 1, back: -1, step: "daily" },
  last_month: { unit: "month", units: 1, back: 0, step: "daily" },
  last_3_months: { unit: "month", units: 3, back: 0, step: "weekly" },
  last_12_months: { unit: "month", units: 12, back: 0, step: "monthly" },
  this_quarter: { unit: "quarter", units: 1, back: -1, step: "weekly" },
  last_quarter: { unit: "quarter", units: 1, back: 0, step: "weekly" },
  this_year: { unit: "year", units: 1, back: -1, step: "monthly" },
  last_year: { unit: "year", units: 1, back: 0, step: "monthly" },
} as const satisfies Record<string, Stretch>;

export type PeriodName = keyof typeof PERIODS;
export const PERIOD_NAMES = Object.keys(PERIODS) as PeriodName[];

export function isPeriod(name: string | undefined): name is PeriodName {
  return name !== undefined && name in PERIODS;
}

export const COMPARISONS = ["", "previous", "year_before"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A moving period at `now`, and what it is compared with. */
export function resolvePeriod(
  name: PeriodName,
  compare: Comparison,
  now: LocalTime,
): { span: Span; base: Span | null } {
  const { unit, units, back }: Stretch = PERIODS[name];
  const end = add(startOf(unit, now), -back, unit);
  const start = add(end, -units, unit);
  const base =
    compare === "previous"
      ? { start: add(start, -units, unit), end: start }
      : compare === "year_before"
        ? { start: add(start, -1, "year"), end: add(end, -1, "year") }
        : null;
  return { span: { start, end }, base };
}

/** What a person fills in to order a report. */
export interface Draft {
  kind: string;
  entity: EntityKind;
  id: number;
  /** A moving period, or the one of the top bar. */
  period: PeriodName | "view";
  compare: Comparison;
}

/** The period of the top bar, for drafts that take it. */
export interface ViewPeriod {
  span: Span;
  base: Span | null;
  step: Step;
}

function spanParameters(prefix: string, span: Span | null): Record<string, string> {
  if (!span) return {};
  return {
    [`${prefix}periodstartdatetime`]: toIsoLocal(span.start),
    [`${prefix}periodenddatetime`]: toIsoLocal(span.end),
  };
}

/** The API's words for a draft. */
export function toWanted(draft: Draft, view: ViewPeriod): Wanted {
  const report = findOrderable(draft.kind);
  if (!report) throw new Error(`no report ${draft.kind}`);
  const subject = report.isOfSpace ? "space" : draft.entity;
  const wanted = {
    report: report.path(draft.entity),
    entity: { kind: findEntity(subject)?.member ?? subject, id: draft.id },
  };
  if (draft.period !== "view") {
    const parameters = { ...report.parameters, periodtype: PERIODS[draft.period].step };
    return { ...wanted, parameters, period: draft.period, compare: draft.compare };
  }
  const parameters = {
    ...report.parameters,
    periodtype: view.step,
    ...spanParameters("reporting", view.span),
    ...spanParameters("base", draft.compare === "" ? null : view.base),
  };
  return { ...wanted, parameters };
}

/** What an order of the API is about, as far as this page knows the report. */
export function readWanted(wanted: Wanted): Draft | null {
  for (const report of ORDERABLES) {
    const entity = report.entities.find((kind) => report.path(kind) === wanted.report);
    if (!entity) continue;
    const compare = COMPARISONS.find((one) => one === wanted.compare) ?? "";
    const period = isPeriod(wanted.period) ? wanted.period : "view";
    return { kind: report.kind, entity, id: wanted.entity?.id ?? 0, period, compare };
  }
  return null;
}
