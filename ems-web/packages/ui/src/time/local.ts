/**
 * Local wall-clock time without a zone, as the API speaks it.
 *
 * Held as the milliseconds that a clock in UTC would show for the same wall clock, so that
 * calendar arithmetic never meets the browser's own zone. Only `wallClock` looks at a real
 * instant, and it needs the site's zone for that.
 */
export type LocalTime = number;

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** Read `2026`, `2026-11`, `2026-11-21` or `2026-11-21T08:15:00`; NaN when it is none of them. */
export function parseLocal(text: string): LocalTime {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?)?)?/.exec(text);
  if (!match) return Number.NaN;
  const [, year, month = "1", day = "1", hour = "0", minute = "0", second = "0"] = match;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** `2026-11-21T08:15:00` */
export function toIsoLocal(time: LocalTime): string {
  return new Date(time).toISOString().slice(0, 19);
}

/** `2026-11-21` */
export function toIsoDate(time: LocalTime): string {
  return new Date(time).toISOString().slice(0, 10);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Made once for each zone: making one takes far longer than using it. */
function clockOf(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    clocks.set(zone, clock);
  }
  return clock;
}

/** The wall clock of `zone` at an instant. */
export function wallClock(instantMs: number, zone: string): LocalTime {
  const parts = clockOf(zone).formatToParts(instantMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

export type Unit = "hour" | "day" | "week" | "month" | "quarter" | "year";

/** Start of the unit that holds `time`; weeks start on Monday as in the API. */
export function startOf(unit: Unit, time: LocalTime): LocalTime {
  const date = new Date(time);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const day = date.getUTCDate();
  switch (unit) {
    case "hour":
      return time - (((time % HOUR) + HOUR) % HOUR);
    case "day":
      return Date.UTC(year, month, day);
    case "week":
      return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7));
    case "month":
      return Date.UTC(year, month);
    case "quarter":
      return Date.UTC(year, month - (month % 3));
    case "year":
      return Date.UTC(year, 0);
  }
}

/** Add calendar units; a day that the target month lacks becomes its last day. */
export function add(time: LocalTime, count: number, unit: Unit): LocalTime {
  if (unit === "hour") return time + count * HOUR;
  if (unit === "day") return time + count * DAY;
  if (unit === "week") return time + count * 7 * DAY;
  const months = unit === "month" ? count : unit === "quarter" ? count * 3 : count * 12;
  const date = new Date(time);
  const target = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months);
  const lastDay = new Date(
    Date.UTC(new Date(target).getUTCFullYear(), new Date(target).getUTCMonth() + 1, 0),
  ).getUTCDate();
  const ofDay = ((time % DAY) + DAY) % DAY;
  return target + (Math.min(date.getUTCDate(), lastDay) - 1) * DAY + ofDay;
}
