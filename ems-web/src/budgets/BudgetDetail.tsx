import {
  type Column,
  DataTable,
  displayUnit,
  EmptyState,
  ErrorState,
  formatBucket,
  formatExact,
  formatPercent,
  formatSpan,
  formatWithUnit,
  IconButton,
  Kpi,
  Skeleton,
  toIsoLocal,
  useLocale,
} from "@ems/ui";
import type { ChartSeries } from "@ems/ui/chart";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ChartCard, type Look, useTableKey } from "../pages/ChartCard";
import { LazyChart } from "../pages/LazyChart";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { tableCsv } from "../reports/tableCsv";
import { useSite } from "../state/site";
import { type Budget, type Burn, spanOf } from "./model";
import { StateBadge } from "./StateBadge";
import { useBurn, useUnit } from "./useBudget";

const CHART_PX = 320;

interface Row {
  stamp: string;
  used: number | null;
  left: number | null;
  even: number;
  expected: number | null;
}

function rowsOf(burn: Burn): Row[] {
  return burn.stamps.map((day, i) => ({
    stamp: toIsoLocal(day),
    used: burn.used[i] ?? null,
    left: burn.left[i] ?? null,
    even: burn.even[i] ?? 0,
    expected: burn.expectedLeft[i] ?? null,
  }));
}

function Figures({ budget, burn, unit }: { budget: Budget; burn: Burn; unit: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const share = (value: number | null) =>
    value === null
      ? undefined
      : t("budget.ofBudget", { share: formatPercent(value / budget.amount, locale) });
  const left = burn.total === null ? null : budget.amount - burn.total;
  return (
    <div className="figures">
      <Kpi
        name={t("budget.amount")}
        value={budget.amount}
        unit={unit}
        foot={t("budget.elapsed", { share: formatPercent(burn.elapsedRatio, locale) })}
      />
      <Kpi name={t("budget.used")} value={burn.total} unit={unit} foot={share(burn.total)} />
      <Kpi name={t("budget.left")} value={left} unit={unit} foot={share(left)} />
      <Kpi name={t("budget.expected")} value={burn.expected} unit={unit} foot={share(burn.expected)} />
    </div>
  );
}

function useSeries(burn: Burn, unit: string): ChartSeries[] {
  const { t } = useTranslation();
  const line = { unit: displayUnit(unit), kind: "line" } as const;
  return [
    { ...line, name: t("budget.left"), color: "var(--accent)", values: burn.left, area: true },
    { ...line, name: t("budget.even"), color: "var(--ink-2)", values: burn.even, role: "base" },
    {
      ...line,
      name: t("budget.expectedLeft"),
      color: "var(--warning-mark)",
      values: burn.expectedLeft,
      role: "base",
    },
  ];
}

function BurnTable({ rows, unit, caption }: { rows: readonly Row[]; unit: string; caption: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const cell = (value: number | null) => formatExact(value, locale);
  const columns: Column<Row>[] = [
    { key: "day", title: t("chart.time"), cell: (row) => formatBucket(row.stamp, "daily", locale) },
    { key: "used", title: t("budget.used"), right: true, cell: (row) => cell(row.used) },
    { key: "left", title: t("budget.left"), right: true, cell: (row) => cell(row.left) },
    { key: "even", title: t("budget.even"), right: true, wideOnly: true, cell: (row) => cell(row.even) },
    { key: "expected", title: t("budget.expectedLeft"), right: true, cell: (row) => cell(row.expected) },
  ];
  return (
    <DataTable
      caption={`${caption} [${displayUnit(unit)}]`}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.stamp}
    />
  );
}

function Legend({ series }: { series: readonly ChartSeries[] }) {
  return (
    <div className="legend legend--plain">
      {series.map((one) => (
        <span key={one.name} className="legend__item">
          <span className={`dash ${one.role ? "dash--broken" : ""}`} style={{ color: one.color }} />
          {one.name}
        </span>
      ))}
    </div>
  );
}

function Course({ budget, burn, unit }: { budget: Budget; burn: Burn; unit: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone } = useSite();
  const [look, setLook] = useState<Look>("chart");
  useTableKey(() => setLook(look === "chart" ? "table" : "chart"));
  const series = useSeries(burn, unit);
  const rows = rowsOf(burn);
  const csv = () =>
    tableCsv<Row>(
      [
        { title: `${t("chart.time")} (${timeZone})`, value: (row) => row.stamp.slice(0, 10) },
        { title: `${t("budget.used")} [${unit}]`, value: (row) => row.used },
        { title: `${t("budget.left")} [${unit}]`, value: (row) => row.left },
        { title: `${t("budget.even")} [${unit}]`, value: (row) => row.even },
        { title: `${t("budget.expectedLeft")} [${unit}]`, value: (row) => row.expected },
      ],
      rows,
    );
  const title = t("budget.course");
  return (
    <ChartCard
      title={title}
      sub={timeZone}
      look={look}
      onLook={setLook}
      tools={<ExportMenu file={null} csv={csv} name={`budget-${budget.id}`} />}
      chart={
        <>
          <Legend series={series} />
          <LazyChart
            label={title}
            stamps={rows.map((row) => row.stamp)}
            step="daily"
            series={series}
            height={CHART_PX}
          />
          <p className="chart-note">
            {t(`budget.basis.${burn.basis}`)}
            {burn.missingDays > 0 && ` ${t("budget.missing", { count: burn.missingDays })}`}{" "}
            {burn.expected !== null &&
              burn.expected > budget.amount &&
              t("budget.exceededBy", {
                value: formatWithUnit(burn.expected - budget.amount, unit, locale),
              })}
          </p>
        </>
      }
      table={<BurnTable rows={rows} unit={unit} caption={title} />}
    />
  );
}

export interface BudgetDetailProps {
  budget: Budget;
  onEdit?: () => void;
  onRemove?: () => void;
}

/** One budget: how far it is used, how fast, and where that leads. */
export function BudgetDetail({ budget, onEdit, onRemove }: BudgetDetailProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const unitOf = useUnit();
  const unit = unitOf(budget.measure, budget.energy_category?.id ?? null);
  const { answer, burn } = useBurn(budget);
  const facts = [
    budget.space?.name ?? budget.tenant?.name,
    t(`budget.measures.${budget.measure}`),
    budget.energy_category?.name,
    formatSpan(spanOf(budget), locale),
  ];
  return (
    <section className="budget" aria-label={budget.name}>
      <header className="budget__head">
        <div>
          <h2>{budget.name}</h2>
          <p className="muted">{facts.filter(Boolean).join(" · ")}</p>
        </div>
        {burn && <StateBadge state={burn.state} />}
        <span className="row-tools">
          {onEdit && <IconButton label={t("budget.edit")} icon={<Pencil size={16} />} onClick={onEdit} />}
          {onRemove && (
            <IconButton label={t("budget.remove")} icon={<Trash2 size={16} />} onClick={onRemove} />
          )}
        </span>
      </header>
      {answer.isError && <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />}
      {!burn && !answer.isError && <Skeleton height={CHART_PX} />}
      {burn && <Figures budget={budget} burn={burn} unit={unit} />}
      {burn && burn.total === null && burn.basis === "none" && (
        <EmptyState title={t("report.noValues")} text={t("budget.noValuesText")} />
      )}
      {burn && (burn.total !== null || burn.basis !== "none") && (
        <Course budget={budget} burn={burn} unit={unit} />
      )}
    </section>
  );
}
