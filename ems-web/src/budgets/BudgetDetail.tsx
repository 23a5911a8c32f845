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
import { type Budget, type BudgetCourse, type BudgetDay, spanOf } from "./model";
import { StateBadge } from "./StateBadge";
import { useCourse } from "./useBudget";

const CHART_PX = 320;

function Figures({ course }: { course: BudgetCourse }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { unit } = course;
  const share = (value: number | null) =>
    value === null
      ? undefined
      : t("budget.ofBudget", { share: formatPercent(value / course.amount, locale) });
  return (
    <div className="figures">
      <Kpi
        name={t("budget.amount")}
        value={course.amount}
        unit={unit}
        foot={t("budget.elapsed", { share: formatPercent(course.elapsed_ratio, locale) })}
      />
      <Kpi name={t("budget.used")} value={course.used} unit={unit} foot={share(course.used)} />
      <Kpi name={t("budget.left")} value={course.left} unit={unit} foot={share(course.left)} />
      <Kpi name={t("budget.expected")} value={course.expected} unit={unit} foot={share(course.expected)} />
    </div>
  );
}

function useSeries({ days, unit }: BudgetCourse): ChartSeries[] {
  const { t } = useTranslation();
  const line = { unit: displayUnit(unit), kind: "line" } as const;
  return [
    {
      ...line,
      name: t("budget.left"),
      color: "var(--accent)",
      values: days.map((day) => day.left),
      area: true,
    },
    {
      ...line,
      name: t("budget.even"),
      color: "var(--ink-2)",
      values: days.map((day) => day.even),
      role: "base",
    },
    {
      ...line,
      name: t("budget.expectedLeft"),
      color: "var(--warning-mark)",
      values: days.map((day) => day.expected_left),
      role: "base",
    },
  ];
}

function BurnTable({ rows, unit, caption }: { rows: readonly BudgetDay[]; unit: string; caption: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const cell = (value: number | null) => formatExact(value, locale);
  const columns: Column<BudgetDay>[] = [
    {
      key: "day",
      isWhole: true,
      title: t("chart.time"),
      cell: (row) => formatBucket(row.date, "daily", locale),
    },
    { key: "used", title: t("budget.used"), right: true, cell: (row) => cell(row.used) },
    { key: "left", title: t("budget.left"), right: true, cell: (row) => cell(row.left) },
    { key: "even", title: t("budget.even"), right: true, wideOnly: true, cell: (row) => cell(row.even) },
    { key: "expected", title: t("budget.expectedLeft"), right: true, cell: (row) => cell(row.expected_left) },
  ];
  return (
    <DataTable
      caption={`${caption} [${displayUnit(unit)}]`}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.date}
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

function Course({ course }: { course: BudgetCourse }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone } = useSite();
  const [look, setLook] = useState<Look>("chart");
  useTableKey(() => setLook(look === "chart" ? "table" : "chart"));
  const series = useSeries(course);
  const { days: rows, unit } = course;
  const isOver = course.elapsed_ratio === 1;
  const csv = () =>
    tableCsv<BudgetDay>(
      [
        { title: `${t("chart.time")} (${timeZone})`, value: (row) => row.date },
        { title: `${t("budget.used")} [${unit}]`, value: (row) => row.used },
        { title: `${t("budget.left")} [${unit}]`, value: (row) => row.left },
        { title: `${t("budget.even")} [${unit}]`, value: (row) => row.even },
        { title: `${t("budget.expectedLeft")} [${unit}]`, value: (row) => row.expected_left },
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
      tools={<ExportMenu file={null} csv={csv} name={`budget-${course.id}`} />}
      chart={
        <>
          <Legend series={series} />
          <LazyChart
            label={title}
            stamps={rows.map((row) => row.date)}
            step="daily"
            series={series}
            height={CHART_PX}
          />
          <p className="chart-note">
            {!isOver && t(`budget.basis.${course.basis}`)}
            {course.missing_days > 0 && ` ${t("budget.missing", { count: course.missing_days })}`}{" "}
            {course.state === "warning" &&
              course.expected !== null &&
              t("budget.exceededBy", {
                value: formatWithUnit(course.expected - course.amount, unit, locale),
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
  const answer = useCourse(budget);
  const course = answer.data;
  const isEmpty = course?.used === null && course.basis === "none";
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
        {course && <StateBadge state={course.state} />}
        <span className="row-tools">
          {onEdit && <IconButton label={t("budget.edit")} icon={<Pencil size={16} />} onClick={onEdit} />}
          {onRemove && (
            <IconButton label={t("budget.remove")} icon={<Trash2 size={16} />} onClick={onRemove} />
          )}
        </span>
      </header>
      {answer.isError && <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />}
      {!course && !answer.isError && <Skeleton height={CHART_PX} />}
      {course && <Figures course={course} />}
      {isEmpty && <EmptyState title={t("report.noValues")} text={t("budget.noValuesText")} />}
      {course && !isEmpty && <Course course={course} />}
    </section>
  );
}
