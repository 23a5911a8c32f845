/** When a schedule is due, in the words of the form; anything else is a cron expression. */
export type Rhythm =
  | { kind: "daily"; time: string }
  | { kind: "weekly"; time: string; weekday: number }
  | { kind: "monthly"; time: string; day: number }
  | { kind: "cron"; expression: string };

export const RHYTHM_KINDS = ["daily", "weekly", "monthly", "cron"] as const;
export type RhythmKind = (typeof RHYTHM_KINDS)[number];

/** Monday first, as weeks are counted here; cron counts from Sunday. */
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0] as const;
/** Later days are lacking in some months. */
export const LAST_DAY = 28;

const PLAIN = /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[0-7])$/;

/** The API's expression for a rhythm. */
export function toCron(rhythm: Rhythm): string {
  if (rhythm.kind === "cron") return rhythm.expression.trim();
  const [hour = 6, minute = 0] = rhythm.time.split(":").map(Number);
  const day = rhythm.kind === "monthly" ? String(rhythm.day) : "*";
  const weekday = rhythm.kind === "weekly" ? String(rhythm.weekday) : "*";
  return `${minute} ${hour} ${day} * ${weekday}`;
}

/** The words for an expression; what has no words stays an expression. */
export function fromCron(expression: string): Rhythm {
  const found = PLAIN.exec(expression.trim());
  const [, minute = "", hour = "", day = "*", weekday = "*"] = found ?? [];
  const isClock = found !== null && Number(minute) < 60 && Number(hour) < 24;
  if (!isClock || (day !== "*" && weekday !== "*")) return { kind: "cron", expression };
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (weekday !== "*") return { kind: "weekly", time, weekday: Number(weekday) % 7 };
  if (day === "*") return { kind: "daily", time };
  return Number(day) >= 1 && Number(day) <= LAST_DAY
    ? { kind: "monthly", time, day: Number(day) }
    : { kind: "cron", expression };
}

/** Name of a weekday as cron counts them. */
export function weekdayName(weekday: number, locale: string): string {
  // The first of November 2026 is a Sunday.
  const sunday = Date.UTC(2026, 10, 1);
  return new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(
    sunday + weekday * 86_400_000,
  );
}

/** Addresses in a text, one after another with commas, semicolons or blanks between. */
export function splitAddresses(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}
