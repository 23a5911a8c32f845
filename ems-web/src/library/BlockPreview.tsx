import {
  displayUnit,
  EmptyState,
  formatSpan,
  formatWithUnit,
  Kpi,
  QueryView,
  Skeleton,
  useLocale,
  useTheme,
} from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LazyChart } from "../pages/LazyChart";
import { toChartSeries } from "../reports/chartSeries";
import { findReport, type ReportDeclaration } from "../reports/declarations";
import { hasData, largestFirst, type ReportModel, type ReportSeries } from "../reports/model";
import { reportQuery } from "../reports/query";
import { useLocalNow } from "../state/site";
import { type EditedBlock, type EditedDocument, periodOf } from "./blocks";
import { PERIODS, resolvePeriod } from "./orders";

const MOST_FIGURES = 4;
const CHART_PX = 180;

function Figures({ model }: { model: ReportModel }) {
  const { t } = useTranslation();
  const totals = model.totals.filter((figure) => figure.key === "total");
  return (
    <div className="figures">
      {totals.map((figure) => (
        <Kpi key={figure.key} name={t("figure.total")} value={figure.value} unit={figure.unit} />
      ))}
      {largestFirst(model)
        .slice(0, MOST_FIGURES - totals.length)
        .map((series) => (
          <Kpi key={series.name} name={series.name} value={series.total} unit={series.unit} />
        ))}
    </div>
  );
}

function Totals({ series }: { series: readonly ReportSeries[] }) {
  const locale = useLocale();
  return (
    <dl className="values">
      {series.map((one) => (
        <div key={one.name}>
          <dt>{one.name}</dt>
          <dd>{formatWithUnit(one.total, one.unit, locale)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ContentProps {
  block: EditedBlock;
  model: ReportModel;
  report: ReportDeclaration;
  step: "hourly" | "daily" | "weekly" | "monthly" | "yearly";
}

function Content({ block, model, report, step }: ContentProps) {
  const { t } = useTranslation();
  const isDark = useTheme() === "dark";
  const first = model.series[0];
  const ofUnit = model.isAdditive ? model.series.filter((one) => one.unit === first?.unit) : [];
  const shown = ofUnit.length > 0 ? ofUnit : first ? [first] : [];
  if (!hasData(model)) return <EmptyState title={t("report.noValues")} />;
  return (
    <>
      {block.show.includes("kpi") && <Figures model={model} />}
      {block.show.includes("chart") && (
        <LazyChart
          label={`${t(`report.${report.kind}.chart`)} [${displayUnit(first?.unit ?? "")}]`}
          stamps={first?.stamps ?? []}
          step={step}
          height={CHART_PX}
          series={toChartSeries(shown, {
            isDark,
            kind: report.chart,
            baseName: t("chart.comparison"),
            secondName: (key) => t(`figure.${key}`),
          })}
        />
      )}
      {block.show.includes("table") && <Totals series={model.series} />}
    </>
  );
}

/** What a block will show, with today's figures. */
export function BlockPreview({ block, document }: { block: EditedBlock; document: EditedDocument }) {
  const locale = useLocale();
  const now = useLocalNow();
  const { period, compare } = periodOf(block, document);
  const { span, base } = resolvePeriod(period, compare, now);
  const { step } = PERIODS[period];
  const draft = block.report;
  const report = findReport(draft?.kind) ?? findReport("energycategory");
  if (!report) throw new Error("no reports declared");
  const entity = draft?.entity ?? "space";
  const query = useQuery(reportQuery({ report, entity, id: draft?.id ?? 0, span, base, step, now }));
  return (
    <div className="block__preview">
      <p className="muted">{formatSpan(span, locale)}</p>
      <QueryView query={query} skeleton={<Skeleton height={CHART_PX} />}>
        {(model) => <Content block={block} model={model} report={report} step={step} />}
      </QueryView>
    </div>
  );
}
