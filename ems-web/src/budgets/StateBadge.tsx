import { useTranslation } from "react-i18next";
import type { BudgetState } from "./model";

const TONES: Record<BudgetState, string> = {
  future: "",
  unknown: "",
  good: "badge--good",
  warning: "badge--warning",
  over: "badge--critical",
};

/** How it stands with a budget, in a word. */
export function StateBadge({ state }: { state: BudgetState }) {
  const { t } = useTranslation();
  return <span className={`badge ${TONES[state]}`}>{t(`budget.states.${state}`)}</span>;
}
