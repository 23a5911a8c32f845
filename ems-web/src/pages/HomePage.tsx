import {
  type BarItem,
  BarList,
  Card,
  categoryColor,
  Delta,
  EmptyState,
  ErrorState,
  formatWithUnit,
  Kpi,
  QueryView,
  Skeleton,
  SkeletonLines,
  Sparkline,
  tokenColor,
  useLocale,
  useTheme,
} from "@ems/ui";
import type { UseQueryResult } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { FlowDiagram } from "../flow/FlowDiagram";
import { consumptionW } from "../flow/layout";
import { useFlowSamples } from "../live/store";
import { useFlowHistory, useLiveFlow } from "../live/useLiveFlow";
import { toChartSeries } from "../reports/chartSeries";
import { type ReportModel, sumBuckets } from "../reports/model";
import { runningBucket } from "../reports/query";
import { useReport } from "../reports/useReport";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { LazyChart } from "./LazyChart";
import { LiveTrend } from "./LiveTrend";
import { useTitle } from "./useTitle";

function PowerNow() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { flow, query } = useLiveFlow();
  const samples = useFlowSamples();
  if (!flow && query.isError) {
    return (
      <Card span={3}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    );
  }
  const grid = flow?.nodes.find((node) => node.kind === "grid");
  const consumers = flow?.nodes.filter((node) => node.kind === "building" || node.kind === "charger") ?? [];
  const recent = samples.slice(-120).map((s) => s.power.grid ?? null);
  return (
    <Card span={3} className="kpi-card">
      {flow ? (
        <Kpi
          name={
            <>
              <span className="dot" style={{ ["--dot" as string]: tokenColor("building") }} />
              {t("home.powerNow")}
            </>
          }
          value={consumptionW(consumers) / 1000}
          unit="kW"
          foot={
            grid && (
              <span>
                {t("home.fromGrid", {
                  power: formatWithUnit(grid.power_w === null ? null : grid.power_w / 1000, "kW", locale),
                })}
              </span>
            )
          }
        >
          <Sparkline values={recent} color={tokenColor("grid")} />
        </Kpi>
      ) : (
        <Skeleton height={112} />
      )}
    </Card>
  );
}

interface Headline {
  value: number | null;
  unit: string;
  changeRatio: number | null;
  spark: readonly (number | null)[];
  color: string;
}

/** The figure that stands for a report: its total, or its first category. */
function headlineOf(model: ReportModel, isDark: boolean): Headline | null {
  const first = model.series[0];
  if (!first) return null;
  const total = model.totals.find((figure) => figure.key === "total");
  if (total && model.series.length > 0) {
    return {
      value: total.value,
      unit: total.unit || first.unit,
      changeRatio: total.changeRatio,
      spark: sumBuckets(model.series.map((s) => s.values)),
      color: tokenColor("accent"),
    };
  }
  return {
    value: first.total,
    unit: first.unit,
    changeRatio: first.changeRatio,
    spark: first.values,
    color: categoryColor(first.name, first.id, isDark),
  };
}

const KPI_KINDS = ["energycategory", "cost", "carbon"] as const;

interface ReportKpiProps {
  kind: (typeof KPI_KINDS)[number];
  query: UseQueryResult<ReportModel>;
  span: 3 | 4;
}

function ReportKpi({ kind, query, span }: ReportKpiProps) {
  const { t } = useTranslation();
  const { compare } = useView();
  const isDark = useTheme() === "dark";
  const locale = useLocale();
  return (
    <Card span={span} className="kpi-card" busy={query.isPlaceholderData}>
      <QueryView
        query={query}
        skeleton={<Skeleton height={112} />}
        isEmpty={(model) => model.series.length === 0}
        empty={<EmptyState title={t(`report.${kind}.name`)} text={t("report.emptyText")} />}
      >
        {(model) => {
          const head = headlineOf(model, isDark);
          const others = kind === "energycategory" ? model.series.slice(1) : [];
          return (
            head && (
              <Kpi
                name={
                  <ViewLink to={`/report/space/${kind}`} className="kpi-link">
                    <span className="dot" style={{ ["--dot" as string]: head.color }} />
                    {kind === "energycategory" ? model.series[0]?.name : t(`report.${kind}.name`)}
                    <ArrowRight size={14} aria-hidden="true" className="flip" />
                  </ViewLink>
                }
                value={head.value}
                unit={head.unit}
                foot={
                  <>
                    <Delta ratio={head.changeRatio} hint={t(`compare.${compare}`)} />
                    {head.changeRatio !== null && <span>{t(`compare.against.${compare}`)}</span>}
                    {head.changeRatio === null && others[0] && (
                      <span>{`${others[0].name} ${formatWithUnit(others[0].total, others[0].unit, locale)}`}</span>
                    )}
                  </>
                }
              >
                <Sparkline values={head.spark} color={head.color} />
              </Kpi>
            )
          );
        }}
      </QueryView>
    </Card>
  );
}

const TOP_COUNT = 6;

function TopConsumers({ query }: { query: UseQueryResult<ReportModel> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  return (
    <Card title={t("home.top")} span={4} busy={query.isPlaceholderData}>
      <QueryView
        query={query}
        skeleton={<SkeletonLines count={6} />}
        isEmpty={(model) => !model.children[0] || model.children[0].items.length === 0}
        empty={<EmptyState title={t("home.noParts")} text={t("home.noPartsText")} />}
      >
        {(model) => {
          const parts = model.children[0];
          if (!parts) return null;
          const sorted = parts.items.toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0)).slice(0, TOP_COUNT);
          const sum = parts.items.reduce((total, item) => total + (item.value ?? 0), 0);
          const items = sorted.map(
            (item): BarItem => ({
              key: item.id,
              name: (
                <ViewLink to="/report/space/energycategory" extra={{ space: item.id }}>
                  {item.name}
                </ViewLink>
              ),
              value: item.value,
              text: formatWithUnit(item.value, parts.unit, locale),
              note: sum > 0 && item.value !== null ? `${Math.round((item.value / sum) * 100)} %` : undefined,
              color: categoryColor(parts.seriesName, 1, isDark),
            }),
          );
          return (
            <>
              <p className="page__sub home-top__of">{parts.seriesName}</p>
              <BarList items={items} label={t("home.top")} />
            </>
          );
        }}
      </QueryView>
    </Card>
  );
}

function FlowCard() {
  const { t } = useTranslation();
  const { flow, query } = useLiveFlow();
  return (
    <Card
      title={t("flow.title")}
      span={12}
      className="flow-card"
      actions={
        <ViewLink to="/flow" className="btn btn--quiet btn--small">
          {t("home.open")} <ArrowRight size={14} aria-hidden="true" className="flip" />
        </ViewLink>
      }
    >
      {!flow && query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!flow && !query.isError && <Skeleton height={380} />}
      {flow && flow.nodes.length === 0 && <EmptyState title={t("flow.none")} text={t("flow.noneText")} />}
      {flow && flow.nodes.length > 0 && <FlowDiagram flow={flow} />}
    </Card>
  );
}

/** The period's energy as bars: in the place of the live trend where there is nothing live. */
function EnergyCard({ query }: { query: UseQueryResult<ReportModel> }) {
  const { t } = useTranslation();
  const isDark = useTheme() === "dark";
  const { step, now } = useView();
  return (
    <Card title={t("report.energycategory.chart")} span={8} busy={query.isPlaceholderData}>
      <QueryView
        query={query}
        skeleton={<Skeleton height={280} />}
        isEmpty={(model) => model.series.length === 0}
        empty={<EmptyState title={t("report.noSeries")} text={t("report.noSeriesText")} />}
      >
        {(model) => {
          const first = model.series.slice(0, 1);
          const stamps = first[0]?.stamps ?? [];
          const partial = runningBucket(stamps, step, now);
          return (
            <LazyChart
              label={t("report.energycategory.chart")}
              stamps={stamps}
              step={step}
              height={280}
              partialIndex={partial < 0 ? undefined : partial}
              series={toChartSeries(first, {
                isDark,
                kind: "bar",
                baseName: t("chart.comparison"),
                secondName: (name) => name,
              })}
            />
          );
        }}
      </QueryView>
    </Card>
  );
}

/** What a facility manager looks at first: power now, the day so far, who uses it. */
export default function HomePage() {
  const { t } = useTranslation();
  const { space, spaceId } = useView();
  useTitle(t("nav.home"));
  useFlowHistory();
  const energy = useReport("energycategory", "space", spaceId).query;
  const cost = useReport("cost", "space", spaceId).query;
  const carbon = useReport("carbon", "space", spaceId).query;
  const queries = { energycategory: energy, cost, carbon };
  const { flow } = useLiveFlow();
  // Only who sees the whole site sees its flow; the others get the page without it.
  const hasFlow = flow === null || flow.nodes.length > 0;
  return (
    <div className="page">
      <h1 className="vh">{space?.name ?? t("nav.home")}</h1>
      <div className="grid">
        {hasFlow && <PowerNow />}
        {KPI_KINDS.map((kind) => (
          <ReportKpi key={kind} kind={kind} query={queries[kind]} span={hasFlow ? 3 : 4} />
        ))}
        {hasFlow && <FlowCard />}
        {hasFlow ? <LiveTrend /> : <EnergyCard query={energy} />}
        <TopConsumers query={energy} />
      </div>
    </div>
  );
}
