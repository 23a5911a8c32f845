import {
  add,
  DAY,
  HOUR,
  type LocalTime,
  parseLocal,
  startOf,
  toIsoDate,
  toIsoLocal,
  type Unit,
} from "./local";

/** Resolution of a report; the API's `periodtype`. */
export type Step = "hourly" | "daily" | "weekly" | "monthly" | "yearly";

export const STEPS: readonly Step[] = ["hourly", "daily", "weekly", "monthly", "yearly"];

/** Half-open span of local time. */
export interface Span {
  start: LocalTime;
  end: LocalTime;
}

/**
 * What a period is compared with; `custom` goes with a span of its own.
 *
 * `week` is the nearest earlier span on the same days of the week: a Saturday against the Saturday before.
 */
export type Compare = "none" | "previous" | "week" | "year" | "custom";

export const COMPARES: readonly Compare[] = ["none", "previous", "week", "year", "custom"];

interface Preset {
  unit: Unit;
  /** Length in units. */
  count: number;
  /** Units before the running one at which it starts; 0 = the running one. */
  back: number;
}

/** Named periods; the running one has `back` 0. */
export const PRESETS = {
  today: { unit: "day", count: 1, back: 0 },
  yesterday: { unit: "day", count: 1, back: 1 },
  "this-week": { unit: "week", count: 1, back: 0 },
  "last-week": { unit: "week", count: 1, back: 1 },
  "this-month": { unit: "month", count: 1, back: 0 },
  "last-month": { unit: "month", count: 1, back: 1 },
  "this-year": { unit: "year", count: 1, back: 0 },
  "last-year": { unit: "year", count: 1, back: 1 },
  "last-7-days": { unit: "day", count: 7, back: 6 },
  "last-30-days": { unit: "day", count: 30, back: 29 },
  "last-12-months": { unit: "month", count: 12, back: 11 },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** What the address says: a name that follows the clock, or a fixed span. */
export type PeriodSpec = { preset: PresetName } | Span;

export function isPreset(name: string): name is PresetName {
  return name in PRESETS;
}

/** The span a specification means at `now`. */
export function resolve(spec: PeriodSpec, now: LocalTime): Span {
  if (!("preset" in spec)) return spec;
  const preset: Preset = PRESETS[spec.preset];
  const start = add(startOf(preset.unit, now), -preset.back, preset.unit);
  return { start, end: add(start, preset.count, preset.unit) };
}

/** Text for the address: a preset's name, `2026-11-01..2026-11-08` or with hours when it needs them. */
export function formatSpec(spec: PeriodSpec): string {
  if ("preset" in spec) return spec.preset;
  const isWhole = spec.start % DAY === 0 && spec.end % DAY === 0;
  const text = (t: LocalTime) => (isWhole ? toIsoDate(t) : toIsoLocal(t).slice(0, 16));
  return `${text(spec.start)}..${text(spec.end)}`;
}

/** Read what `formatSpec` wrote; null when it is not a period. */
export function parseSpec(text: string | null): PeriodSpec | null {
  if (!text) return null;
  if (isPreset(text)) return { preset: text };
  const [from, to] = text.split("..");
  const start = parseLocal(from ?? "");
  const end = parseLocal(to ?? "");
  return start < end ? { start, end } : null;
}

/** The calendar unit a span is exactly one of, or null. */
export function wholeUnit(span: Span): Unit | null {
  for (const unit of ["day", "week", "month", "quarter", "year"] as const) {
    if (startOf(unit, span.start) === span.start && add(span.start, 1, unit) === span.end) return unit;
  }
  return null;
}

/** Number of whole months when both ends are month starts, else 0. */
function wholeMonths(span: Span): number {
  if (startOf("month", span.start) !== span.start || startOf("month", span.end) !== span.end) return 0;
  const from = new Date(span.start);
  const to = new Date(span.end);
  return (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
}

/** The neighbouring span of the same kind: the month before, the seven days after. */
export function shift(span: Span, direction: 1 | -1): Span {
  const months = wholeMonths(span);
  if (months > 0) {
    return {
      start: add(span.start, direction * months, "month"),
      end: add(span.end, direction * months, "month"),
    };
  }
  const length = span.end - span.start;
  return { start: span.start + direction * length, end: span.end + direction * length };
}

const LIMIT_DAYS: Record<Step, { from: number; to: number }> = {
  // A year of hours is drawn as a line of 8,760 points and stays quick.
  hourly: { from: 0, to: 400 },
  daily: { from: 2, to: 400 },
  weekly: { from: 14, to: 1_200 },
  monthly: { from: 45, to: 4_000 },
  yearly: { from: 366, to: 40_000 },
};

/** Resolutions that make sense for a span: neither one bar nor a thousand. */
export function allowedSteps(span: Span): Step[] {
  const days = (span.end - span.start) / DAY;
  const steps = STEPS.filter((step) => days >= LIMIT_DAYS[step].from && days <= LIMIT_DAYS[step].to);
  return steps.length > 0 ? steps : ["yearly"];
}

/** The resolution taken when none is asked for. */
export function autoStep(span: Span): Step {
  const days = (span.end - span.start) / DAY;
  if (days <= 3) return "hourly";
  if (days <= 92) return "daily";
  if (days <= 1_100) return "monthly";
  return "yearly";
}

/** End of what can be known of a span: its end, or the last full hour of a running one. */
export function elapsedEnd(span: Span, now: LocalTime): LocalTime {
  return Math.max(span.start + HOUR, Math.min(span.end, startOf("hour", now)));
}

function earlier(span: Span, compare: "previous" | "week" | "year"): Span {
  if (compare === "previous") return shift(span, -1);
  const weeks = Math.ceil((span.end - span.start) / (7 * DAY));
  const [count, unit] = compare === "week" ? ([-weeks, "week"] as const) : ([-1, "year"] as const);
  return { start: add(span.start, count, unit), end: add(span.end, count, unit) };
}

/**
 * The span to compare with. A running span is compared with the same part of the earlier
 * one, so that half a month is not measured against a whole one.
 */
export function baseSpan(span: Span, compare: Compare, now: LocalTime, custom?: Span | null): Span | null {
  if (compare === "none") return null;
  if (compare === "custom") return custom ?? null;
  const base = earlier(span, compare);
  const isRunning = now > span.start && now < span.end;
  if (!isRunning) return base;
  const elapsed = elapsedEnd(span, now) - span.start;
  return { start: base.start, end: Math.min(base.end, base.start + elapsed) };
}

/** Start of the bucket after the one that starts at `start`. */
export function nextBucket(start: LocalTime, step: Step): LocalTime {
  switch (step) {
    case "hourly":
      return start + HOUR;
    case "daily":
      return start + DAY;
    case "weekly":
      return add(startOf("week", start), 1, "week");
    case "monthly":
      return add(startOf("month", start), 1, "month");
    case "yearly":
      return add(startOf("year", start), 1, "year");
  }
}
