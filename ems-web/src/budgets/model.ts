import { add, DAY, type LocalTime, parseLocal, type Span, startOf } from "@ems/ui";

export const MEASURES = ["energy", "cost", "carbon"] as const;
export type Measure = (typeof MEASURES)[number];

interface Named {
  id: number;
  name: string;
}

/** What a space or a tenant may use in a month or a year. */
export interface Budget {
  id: number;
  name: string;
  space: Named | null;
  tenant: Named | null;
  measure: Measure;
  energy_category: (Named & { unit_of_measure?: string }) | null;
  period: "month" | "year";
  /** Local date, the first of a month. */
  starts_on: string;
  amount: number;
  description: string | null;
}

export function spanOf(budget: Pick<Budget, "starts_on" | "period">): Span {
  const start = parseLocal(budget.starts_on);
  return { start, end: add(start, 1, budget.period) };
}

/** Values of the days that have one, by the day's begin. */
export type Days = ReadonlyMap<LocalTime, number>;

interface SeriesAnswer {
  series: readonly {
    id: number;
    unit: string;
    values: readonly { start: string; value: number | null }[];
  }[];
}

/** Days of an answer of the series API: of one category, or all categories added up. */
export function readDays(answer: SeriesAnswer, categoryId: number | null): Map<LocalTime, number> {
  const days = new Map<LocalTime, number>();
  for (const series of answer.series) {
    if (categoryId !== null && series.id !== categoryId) continue;
    for (const { start, value } of series.values) {
      if (value === null) continue;
      const day = startOf("day", parseLocal(start));
      days.set(day, (days.get(day) ?? 0) + value);
    }
  }
  return days;
}

/** On what a forecast rests. */
export type Basis = "season" | "weekday" | "none";

export interface Forecast {
  basis: Basis;
  /** Expected use of a day. */
  of: (day: LocalTime) => number | null;
}

/** Days before today that say how much is used at present. */
export const RECENT_DAYS = 28;
/** The same weekday of the year before. */
const YEAR_DAYS = 364;
/** Least share of the days to come that the year before must know. */
const KNOWN_SHARE = 0.9;

function daysBetween(start: LocalTime, end: LocalTime): LocalTime[] {
  return Array.from({ length: Math.max(0, Math.round((end - start) / DAY)) }, (_, i) => start + i * DAY);
}

function sumOf(days: Days, wanted: readonly LocalTime[]): { total: number; known: number } {
  let total = 0;
  let known = 0;
  for (const day of wanted) {
    const value = days.get(day);
    if (value === undefined) continue;
    total += value;
    known += 1;
  }
  return { total, known };
}

/**
 * What the days to come will use: the same weekdays of the year before, scaled by how the last four weeks
 * compare with theirs; where the year before is not known, the mean of the same weekdays in the last four.
 */
export function forecast(days: Days, before: Days, span: Span, today: LocalTime): Forecast {
  const recent = daysBetween(today - RECENT_DAYS * DAY, today);
  const now = sumOf(days, recent);
  if (now.known === 0) return { basis: "none", of: () => null };
  const ahead = daysBetween(Math.max(today, span.start), span.end).map((day) => day - YEAR_DAYS * DAY);
  const compared = recent.filter((day) => days.has(day) && before.has(day - YEAR_DAYS * DAY));
  const then = sumOf(
    before,
    compared.map((day) => day - YEAR_DAYS * DAY),
  );
  const isKnown = ahead.length > 0 && sumOf(before, ahead).known >= KNOWN_SHARE * ahead.length;
  if (isKnown && compared.length >= RECENT_DAYS / 2 && then.total > 0) {
    const factor = sumOf(days, compared).total / then.total;
    return { basis: "season", of: (day) => (before.get(day - YEAR_DAYS * DAY) ?? 0) * factor };
  }
  const means = Array.from({ length: 7 }, (_, weekday) => {
    const found = sumOf(
      days,
      recent.filter((day) => new Date(day).getUTCDay() === weekday),
    );
    return found.known > 0 ? found.total / found.known : now.total / now.known;
  });
  return { basis: "weekday", of: (day) => means[new Date(day).getUTCDay()] ?? null };
}

export type BudgetState = "future" | "good" | "warning" | "over" | "unknown";

/** How far a budget is used, day by day and in all. */
export interface Burn {
  stamps: readonly LocalTime[];
  used: readonly (number | null)[];
  /** What is left at the end of each day that is over. */
  left: readonly (number | null)[];
  /** What is left if every day used the same. */
  even: readonly number[];
  /** What will be left, from the last day that is over on. */
  expectedLeft: readonly (number | null)[];
  total: number | null;
  expected: number | null;
  basis: Basis;
  elapsedRatio: number;
  /** Days that are over and have no value. */
  missingDays: number;
  state: BudgetState;
}

function stateOf(amount: number, burn: Pick<Burn, "total" | "expected" | "elapsedRatio">): BudgetState {
  if (burn.elapsedRatio === 0) return "future";
  if (burn.total === null) return "unknown";
  if (burn.total > amount) return "over";
  return burn.expected !== null && burn.expected > amount ? "warning" : "good";
}

/** Facts of one day of a budget. */
interface DayFact {
  day: LocalTime;
  value: number | null;
  /** Whether the day is over. */
  isPast: boolean;
  /** What it uses in the end, as far as known: at least what it has used. */
  expected: number;
}

function factsOf(days: Days, guess: Forecast, span: Span, today: LocalTime): DayFact[] {
  return daysBetween(span.start, span.end).map((day) => {
    const isPast = day < today;
    const value = day <= today ? (days.get(day) ?? null) : null;
    return { day, value, isPast, expected: isPast ? (value ?? 0) : Math.max(guess.of(day) ?? 0, value ?? 0) };
  });
}

function runningSums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

/** The course of a budget at a local time. */
export function burnDown(budget: Budget, days: Days, before: Days, now: LocalTime): Burn {
  const span = spanOf(budget);
  const today = startOf("day", now);
  const guess = forecast(days, before, span, today);
  const facts = factsOf(days, guess, span, today);
  const expectedSums = runningSums(facts.map((fact) => fact.expected));
  const known = facts.filter((fact) => fact.value !== null);
  const total = known.length > 0 ? known.reduce((sum, fact) => sum + (fact.value ?? 0), 0) : null;
  const hasGuess = guess.basis !== "none";
  const isOver = today >= span.end;
  const atEnd = hasGuess ? (expectedSums.at(-1) ?? null) : null;
  const leftAt = (i: number) => budget.amount - (expectedSums[i] ?? 0);
  const result = {
    total,
    expected: isOver ? total : atEnd,
    elapsedRatio: Math.min(1, Math.max(0, (now - span.start) / (span.end - span.start))),
  };
  return {
    ...result,
    stamps: facts.map((fact) => fact.day),
    used: facts.map((fact) => fact.value),
    left: facts.map((fact, i) => (fact.isPast ? leftAt(i) : null)),
    even: facts.map((_, i) => budget.amount * (1 - (i + 1) / facts.length)),
    // The expectation begins where the fact ends.
    expectedLeft: facts.map((fact, i) =>
      hasGuess && !isOver && (!fact.isPast || fact.day + DAY === today) ? leftAt(i) : null,
    ),
    basis: guess.basis,
    missingDays: facts.filter((fact) => fact.isPast && fact.value === null).length,
    state: stateOf(budget.amount, result),
  };
}
