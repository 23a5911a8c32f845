import { add, parseLocal, type Span } from "@ems/ui";

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

/** On what a forecast rests. */
export type Basis = "season" | "weekday" | "none";

export type BudgetState = "future" | "good" | "warning" | "over" | "unknown";

/** How far a budget is used and where that leads, as the API works it out. */
export interface BudgetUse {
  id: number;
  unit: string;
  amount: number;
  used: number | null;
  left: number | null;
  /** What will have been used by the end; null when nothing says so. */
  expected: number | null;
  basis: Basis;
  elapsed_ratio: number;
  /** Days that are over and have no value. */
  missing_days: number;
  state: BudgetState;
}

/** A day of a budget; null where nothing is known, or nothing is yet. */
export interface BudgetDay {
  date: string;
  used: number | null;
  left: number | null;
  /** What would be left if every day used the same. */
  even: number;
  expected_left: number | null;
}

export interface BudgetCourse extends BudgetUse {
  days: readonly BudgetDay[];
}
