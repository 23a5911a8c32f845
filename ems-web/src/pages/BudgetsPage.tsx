import {
  Button,
  Card,
  type Column,
  DataTable,
  EmptyState,
  formatPercent,
  formatSpan,
  formatWithUnit,
  NO_DATA,
  QueryView,
  SkeletonLines,
  useLocale,
} from "@ems/ui";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "../library/library.css";
import "../budgets/budgets.css";
import { BudgetDetail } from "../budgets/BudgetDetail";
import { BudgetForm } from "../budgets/BudgetForm";
import { type Budget, type BudgetUse, spanOf } from "../budgets/model";
import { StateBadge } from "../budgets/StateBadge";
import { BUDGETS, useBudgets, useUnit, useUses } from "../budgets/useBudget";
import { RemoveDialog } from "../library/RemoveDialog";
import { useMay } from "../state/me";
import { listSpaces, type SpaceNode, useSpaceTree } from "../state/spaces";
import { useParam } from "../state/useParam";
import { useView } from "../state/view";
import { PageHead } from "./PageHead";

/** What is used and expected of a budget, as a bar; the mark says how much of its time is over. */
function UseBar({ use }: { use: BudgetUse }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (use.used === null) return "–";
  const percent = (value: number) => `${Math.min(100, (value / use.amount) * 100)}%`;
  return (
    <span className={`use-bar use-bar--${use.state}`}>
      <span className="use-bar__text">{formatPercent(use.used / use.amount, locale)}</span>
      <span
        className="use-bar__track"
        title={t("budget.elapsed", { share: formatPercent(use.elapsed_ratio, locale) })}
      >
        {use.expected !== null && (
          <span style={{ width: percent(use.expected) }} className="use-bar__expected" />
        )}
        <span style={{ width: percent(use.used) }} className="use-bar__used" />
        <span
          style={{ insetInlineStart: percent(use.elapsed_ratio * use.amount) }}
          className="use-bar__now"
        />
      </span>
    </span>
  );
}

interface TableProps {
  budgets: readonly Budget[];
  chosen: number;
  onChoose: (budget: Budget) => void;
}

function BudgetTable({ budgets, chosen, onChoose }: TableProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const unitOf = useUnit();
  const uses = useUses();
  const unit = (budget: Budget) => unitOf(budget.measure, budget.energy_category?.id ?? null);
  const columns: Column<Budget>[] = [
    {
      key: "name",
      title: t("library.name"),
      sort: (budget) => budget.name,
      cell: (budget) => (
        <>
          <button
            type="button"
            className="link"
            aria-current={budget.id === chosen}
            onClick={() => onChoose(budget)}
          >
            {budget.name}
          </button>
          <span className="budget-of">
            {[budget.space?.name ?? budget.tenant?.name, formatWithUnit(budget.amount, unit(budget), locale)]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </>
      ),
    },
    {
      key: "owner",
      title: t("budget.owner"),
      wideOnly: true,
      sort: (budget) => budget.space?.name ?? budget.tenant?.name,
      cell: (budget) => (
        <span className="budget-words">{budget.space?.name ?? budget.tenant?.name ?? NO_DATA}</span>
      ),
    },
    {
      key: "measure",
      title: t("budget.measure"),
      wideOnly: true,
      cell: (budget) => (
        <span className="budget-words">
          {[t(`budget.measures.${budget.measure}`), budget.energy_category?.name].filter(Boolean).join(" · ")}
        </span>
      ),
    },
    {
      key: "period",
      title: t("library.period"),
      wideOnly: true,
      sort: (budget) => budget.starts_on,
      cell: (budget) => formatSpan(spanOf(budget), locale),
    },
    {
      key: "amount",
      title: t("budget.amount"),
      right: true,
      wideOnly: true,
      cell: (budget) => formatWithUnit(budget.amount, unit(budget), locale),
    },
    {
      key: "expected",
      title: t("budget.expected"),
      right: true,
      wideOnly: true,
      cell: (budget) => {
        const use = uses.get(budget.id);
        return use && (use.expected === null ? NO_DATA : formatWithUnit(use.expected, unit(budget), locale));
      },
    },
    {
      key: "used",
      title: t("budget.used"),
      right: true,
      sort: (budget) => {
        const used = uses.get(budget.id)?.used ?? null;
        return used === null ? null : used / budget.amount;
      },
      cell: (budget) => {
        const use = uses.get(budget.id);
        return use && <UseBar use={use} />;
      },
    },
    {
      key: "state",
      title: t("library.state"),
      cell: (budget) => {
        const use = uses.get(budget.id);
        return use && <StateBadge state={use.state} />;
      },
    },
  ];
  return (
    <DataTable
      caption={t("budget.title")}
      columns={columns}
      rows={budgets}
      rowKey={(budget) => budget.id}
      maxHeight={480}
    />
  );
}

/** Budgets of the space and what is below it; at the top of the tree those of tenants as well. */
function isBelow(budget: Budget, space: SpaceNode | undefined, root: SpaceNode | undefined): boolean {
  if (!space || space.id === root?.id) return true;
  return listSpaces(space).some((one) => one.space.id === budget.space?.id);
}

/** Budgets whose time touches the period, below the space of the top bar. */
function useShown(budgets: readonly Budget[] | undefined): readonly Budget[] {
  const { space, span } = useView();
  const tree = useSpaceTree();
  return (budgets ?? []).filter((budget) => {
    const own = spanOf(budget);
    return own.start < span.end && own.end > span.start && isBelow(budget, space, tree.data);
  });
}

/** What may be used, what is used, and where that leads. */
export default function BudgetsPage() {
  const { t } = useTranslation();
  const query = useBudgets();
  const [idText, setId] = useParam("id");
  const [editing, setEditing] = useState<Budget | "new" | null>(null);
  const [removing, setRemoving] = useState<Budget | null>(null);
  const mayCreate = useMay("prices", "create");
  const mayUpdate = useMay("prices", "update");
  const mayDelete = useMay("prices", "delete");
  const shown = useShown(query.data);
  const chosen = query.data?.find((budget) => budget.id === Number(idText)) ?? shown[0];
  const hasOthers = (query.data?.length ?? 0) > 0;
  const add = mayCreate && (
    <Button small tone="primary" icon={<Plus size={14} />} onClick={() => setEditing("new")}>
      {t("budget.new")}
    </Button>
  );
  return (
    <div className="page">
      <PageHead title={t("budget.title")} question={t("budget.question")} tools={shown.length > 0 && add} />
      <Card flush busy={query.isPlaceholderData}>
        <QueryView
          query={query}
          skeleton={
            <div className="pad">
              <SkeletonLines count={5} />
            </div>
          }
          isEmpty={() => shown.length === 0}
          empty={
            <EmptyState
              title={hasOthers ? t("budget.noneNow") : t("budget.none")}
              text={hasOthers ? t("budget.noneNowText") : t("budget.noneText")}
              action={add}
            />
          }
        >
          {() => (
            <BudgetTable
              budgets={shown}
              chosen={chosen?.id ?? 0}
              onChoose={(budget) => setId(String(budget.id), true)}
            />
          )}
        </QueryView>
      </Card>
      {chosen && (
        <BudgetDetail
          key={chosen.id}
          budget={chosen}
          onEdit={mayUpdate ? () => setEditing(chosen) : undefined}
          onRemove={mayDelete ? () => setRemoving(chosen) : undefined}
        />
      )}
      {editing && <BudgetForm budget={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
      {removing && (
        <RemoveDialog
          resource={BUDGETS}
          item={removing}
          title={t("budget.removeTitle", { name: removing.name })}
          text={t("budget.removeText")}
          onClose={() => setRemoving(null)}
        />
      )}
    </div>
  );
}
