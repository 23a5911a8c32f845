import { nextBucket, parseLocal, type Step } from "@ems/ui";
import type { Colors } from "./colors";

/** One series of a report: a category, an item, or the meter itself. */
export interface ReportSeries {
  id: number;
  name: string;
  /** Given to it among the others of its report. */
  colors?: Colors;
  unit: string;
  stamps: readonly string[];
  values: readonly (number | null)[];
  baseStamps: readonly string[];
  baseValues: readonly (number | null)[];
  total: number | null;
  baseTotal: number | null;
  changeRatio: number | null;
  perArea: number | null;
  perCapita: number | null;
  /** Consumption by tariff level, where it is split. */
  peaks: readonly PeakShare[];
  /** Buckets with estimated values. */
  estimated: readonly boolean[];
  /** Further figures by name, as for load and statistics. */
  figures: readonly Figure[];
  /** A second curve in the same unit (the maximum beside the average). */
  second: { name: string; values: readonly (number | null)[] } | null;
}

export type PeakLevel = "toppeak" | "onpeak" | "midpeak" | "offpeak" | "deep";

export const PEAK_LEVELS: readonly PeakLevel[] = ["toppeak", "onpeak", "midpeak", "offpeak", "deep"];

export interface PeakShare {
  level: PeakLevel;
  value: number;
}

/** A figure beside the total. */
export interface Figure {
  /** Key of its name among the texts. */
  key: string;
  value: number | null;
  unit: string;
  changeRatio: number | null;
  /** Local time at which it was reached. */
  at?: string;
}

/** Consumption of the parts of an entity. */
export interface ChildBreakdown {
  seriesName: string;
  unit: string;
  items: readonly { id: number; name: string; value: number | null }[];
}

/** Which shares of the hours behind a report are in doubt; null: the API does not say. */
/** A share of the hours of one category. */
export interface PartShare {
  name: string;
  share: number;
}

export interface DataQuality {
  estimated: number | null;
  incomplete: number | null;
  provisional: number | null;
  /** Of the hours that the period should have. */
  missing: number | null;
  /** The shares by category, where the answer tells them of several. */
  parts?: Partial<Record<"missing" | "estimated" | "incomplete", readonly PartShare[]>>;
}

/** A report in one shape, whatever its kind. */
export interface ReportModel {
  quality: DataQuality;
  entityName: string;
  areaM2: number | null;
  occupants: number | null;
  series: readonly ReportSeries[];
  /** Whether series of one unit add up to a whole; averages and ratios do not. */
  isAdditive: boolean;
  /** Figures over all series (total cost, CO2). */
  totals: readonly Figure[];
  children: readonly ChildBreakdown[];
  workingDays: { working: number; nonWorking: number; unit: string } | null;
}

/** Whether any value is known; a zero was measured. */
export function isKnown(values: readonly (number | null)[]): boolean {
  return values.some((value) => value !== null);
}

/** True when the report holds any value. */
export function hasData(model: ReportModel): boolean {
  return model.series.some((series) => isKnown(series.values));
}

/** Less than this of the one period beside the other, and a change would tell of the data rather than of the site. */
const LEAST_COVERED = 0.9;

/** Whether as much is known of the period that a series is compared with as of its own. */
function isComparable({ values, baseValues }: Pick<ReportSeries, "values" | "baseValues">): boolean {
  const [own, base] = [values, baseValues].map((list) => list.filter((value) => value !== null).length);
  return Math.min(own ?? 0, base ?? 0) >= LEAST_COVERED * Math.max(own ?? 0, base ?? 0);
}

/** A report without the changes against periods of which too little was measured, such as the day a site began. */
export function withSoundChanges(model: ReportModel): ReportModel {
  const unsound = model.series.filter((series) => series.baseValues.length > 0 && !isComparable(series));
  if (unsound.length === 0) return model;
  const unchanged = (figures: readonly Figure[]) => figures.map((one) => ({ ...one, changeRatio: null }));
  return {
    ...model,
    // One category that lacks a day, among others, is no reason to be silent about the whole.
    totals: 2 * unsound.length > model.series.length ? unchanged(model.totals) : model.totals,
    series: model.series.map((one) =>
      unsound.includes(one) ? { ...one, changeRatio: null, figures: unchanged(one.figures) } : one,
    ),
  };
}

/** Values of the buckets that are over: what still runs would look like a fall. */
export function closedValues(
  series: Pick<ReportSeries, "stamps" | "values">,
  step: Step,
  now: number,
): (number | null)[] {
  const over = series.stamps.findLastIndex((stamp) => nextBucket(parseLocal(stamp), step) <= now) + 1;
  return series.values.map((value, i) => (i < over ? value : null));
}

/** The series from the largest down where they can be held against each other; otherwise as the API has them. */
export function largestFirst(model: ReportModel): readonly ReportSeries[] {
  if (!model.isAdditive || units(model).length > 1) return model.series;
  return model.series.toSorted((a, b) => (b.total ?? 0) - (a.total ?? 0));
}

/** Units that occur, in order. */
export function units(model: ReportModel): string[] {
  return [...new Set(model.series.map((series) => series.unit))];
}

/** Sum per bucket over several series; null where none has a value. */
export function sumBuckets(lists: readonly (readonly (number | null)[])[]): (number | null)[] {
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, i) => {
    const known = lists.map((list) => list[i] ?? null).filter((v): v is number => v !== null);
    return known.length > 0 ? known.reduce((a, b) => a + b, 0) : null;
  });
}
