import { add, api, DAY, startOf, toIsoLocal } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLocalNow, useSite } from "../state/site";
import { useApi } from "../state/useApi";
import { type Budget, type Burn, burnDown, type Measure, RECENT_DAYS, readDays, spanOf } from "./model";

export const BUDGETS = "/v1/budgets";
const STALE_MS = 5 * 60_000;
const CARBON_UNIT = "kgCO2e";
/** What the API calls a measure. */
const PATHS: Record<Measure, string> = { energy: "energy", cost: "billing", carbon: "carbon" };

export interface EnergyCategory {
  id: number;
  name: string;
  unit_of_measure: string;
}

export function useCategories(): readonly EnergyCategory[] {
  return useApi<EnergyCategory[]>("/v1/energycategories", {}, { staleMs: STALE_MS }).data ?? [];
}

export function useBudgets() {
  return useApi<Budget[]>(BUDGETS);
}

/** The unit of what a budget measures. */
export function useUnit(): (measure: Measure, categoryId: number | null) => string {
  const { currency } = useSite();
  const categories = useCategories();
  return (measure, categoryId) => {
    if (measure === "cost") return currency;
    if (measure === "carbon") return CARBON_UNIT;
    return categories.find((one) => one.id === categoryId)?.unit_of_measure ?? "kWh";
  };
}

/** The course of a budget; undefined until its days are known. */
export function useBurn(budget: Budget) {
  const now = useLocalNow();
  const span = spanOf(budget);
  const first = add(span.start, -1, "year") - 7 * DAY;
  const start = budget.period === "year" ? first : span.start - RECENT_DAYS * DAY;
  const today = startOf("day", now);
  // The weeks before today are wanted of a budget that has not begun as well.
  const from = Math.min(start, today - RECENT_DAYS * DAY);
  const end = Math.min(span.end, today + DAY);
  const owner = budget.space ? `spaces/${budget.space.id}` : `tenants/${budget.tenant?.id ?? 0}`;
  const path = `/v1/${owner}/${PATHS[budget.measure]}/daily`;
  const query = { start: toIsoLocal(from), end: toIsoLocal(Math.max(end, from + DAY)) };
  const answer = useQuery({
    queryKey: ["api", path, query],
    staleTime: STALE_MS,
    queryFn: ({ signal }) => api.get<Parameters<typeof readDays>[0]>(path, { query, signal }),
  });
  const categoryId = budget.energy_category?.id ?? null;
  const burn = useMemo((): Burn | undefined => {
    if (!answer.data) return undefined;
    const days = readDays(answer.data, categoryId);
    return burnDown(budget, days, days, now);
  }, [answer.data, budget, categoryId, now]);
  return { answer, burn };
}
