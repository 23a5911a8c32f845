import { api } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useSite } from "../state/site";
import { useApi } from "../state/useApi";
import type { Budget, BudgetCourse, BudgetUse, Measure } from "./model";

export const BUDGETS = "/v1/budgets";
const STALE_MS = 5 * 60_000;
const CARBON_UNIT = "kgCO2e";

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

/** How far every budget is used; asked for again with the list. */
export function useUses(): ReadonlyMap<number, BudgetUse> {
  const { data } = useQuery({
    queryKey: ["api", BUDGETS, "use"],
    staleTime: STALE_MS,
    refetchInterval: STALE_MS,
    queryFn: ({ signal }) => api.get<BudgetUse[]>(`${BUDGETS}/use`, { signal }),
  });
  return new Map(data?.map((use) => [use.id, use]));
}

/** How far a budget is used, day by day; asked for again when it is changed, and not when it is deleted. */
export function useCourse(budget: Budget) {
  return useQuery({
    queryKey: ["course", budget],
    staleTime: STALE_MS,
    refetchInterval: STALE_MS,
    queryFn: ({ signal }) => api.get<BudgetCourse>(`${BUDGETS}/${budget.id}/use`, { signal }),
  });
}
