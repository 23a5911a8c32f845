import { add, DAY, type LocalTime, parseLocal } from "../time/local";
import { type Span, type Step, wholeUnit } from "../time/period";

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    // Local times are held as if they were UTC (see time/local), so UTC shows them unchanged.
    format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
    formats.set(key, format);
  }
  return format;
}

/**
 * A span as a person says it: "21 Nov 2026", "November 2026", "1–8 Nov 2026".
 *
 * Hours of a day leave the year out, unless they stand beside a span of another year.
 */
export function formatSpan(span: Span, locale: string, beside?: Span): string {
  switch (wholeUnit(span)) {
    case "day":
      return dateFormat(locale, { weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(
        span.start,
      );
    case "month":
      return dateFormat(locale, { month: "long", year: "numeric" }).format(span.start);
    case "year":
      return dateFormat(locale, { year: "numeric" }).format(span.start);
    default:
      break;
  }
  const isWhole = span.start % DAY === 0 && span.end % DAY === 0;
  if (isWhole) {
    const last = add(span.end, -1, "day");
    return dateFormat(locale, { day: "numeric", month: "short", year: "numeric" }).formatRange(
      span.start,
      last,
    );
  }
  const isOtherYear = beside !== undefined && yearOf(span.start) !== yearOf(beside.start);
  return dateFormat(locale, {
    day: "numeric",
    month: "short",
    ...(isOtherYear ? { year: "numeric" } : {}),
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatRange(span.start, span.end);
}

function yearOf(time: LocalTime): number {
  return new Date(time).getUTCFullYear();
}

const AXIS: Record<Step, Intl.DateTimeFormatOptions> = {
  hourly: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  daily: { day: "numeric", month: "short" },
  weekly: { day: "numeric", month: "short" },
  monthly: { month: "short" },
  yearly: { year: "numeric" },
};

const FULL: Record<Step, Intl.DateTimeFormatOptions> = {
  hourly: {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  },
  daily: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  weekly: { day: "numeric", month: "short", year: "numeric" },
  monthly: { month: "long", year: "numeric" },
  yearly: { year: "numeric" },
};

/** Short label below an axis; midnight of an hourly axis shows the day. */
export function formatAxis(stamp: string, step: Step, locale: string): string {
  const time = parseLocal(stamp);
  if (Number.isNaN(time)) return stamp;
  if (step === "hourly" && time % DAY === 0) return dateFormat(locale, AXIS.daily).format(time);
  if (step === "monthly" && new Date(time).getUTCMonth() === 0)
    return dateFormat(locale, AXIS.yearly).format(time);
  return dateFormat(locale, AXIS[step]).format(time);
}

/** Full label of a bucket for hover and tables. */
export function formatBucket(stamp: string, step: Step, locale: string): string {
  const time = parseLocal(stamp);
  if (Number.isNaN(time)) return stamp;
  return dateFormat(locale, FULL[step]).format(time);
}

/** Clock time of a local time, with seconds. */
export function formatClock(time: LocalTime, locale: string): string {
  return dateFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(time);
}

const relatives = new Map<string, Intl.RelativeTimeFormat>();

function relativeFormat(locale: string): Intl.RelativeTimeFormat {
  const format =
    relatives.get(locale) ?? new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "short" });
  relatives.set(locale, format);
  return format;
}

/** "now" */
function nowIn(locale: string): string {
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(0, "second");
}

/** Age in words: "12 sec. ago", or "now". */
export function formatAge(ageMs: number, locale: string): string {
  const relative = relativeFormat(locale);
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds === 0) return nowIn(locale);
  if (seconds < 100) return relative.format(-seconds, "second");
  if (seconds < 5_400) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 129_600) return relative.format(-Math.round(seconds / 3_600), "hour");
  return relative.format(-Math.round(seconds / 86_400), "day");
}
