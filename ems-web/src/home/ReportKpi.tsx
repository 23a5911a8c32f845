import {
  Card,
  categoryColor,
  Delta,
  EmptyState,
  formatChange,
  formatWithUnit,
  Kpi,
  NO_DATA,
  QueryView,
  Skeleton,
  Sparkline,
  type Step,
  tokenColor,
  useLocale,
  useTheme,
  wholeUnit,
} from "@ems/ui";
import type { UseQueryResult } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { closedValues, type ReportModel, sumBuckets } from "../reports/model";
import type { ReportRequest } from "../reports/query";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { changeOf, useOtherChanges } from "./changes";
import type { KPI_KINDS } from "./kinds";

interface Headline {
  value: number | null;
  unit: string;
  changeRatio: number | null;
  spark: readonly (number | null)[];
  color: string;
}

/** The figure that stands for a report: its total, or its first category. */
function headlineOf(model: ReportModel, isDark: boolean, step: Step, now: number): Headline | null {
  const first = model.series[0];
  if (!first) return null;
  const total = model.totals.find((figure) => figure.key === "total");
  if (total && model.series.length > 0) {
    return {
      value: total.value,
      unit: total.unit || first.unit,
      changeRatio: changeOf(model),
      spark: sumBuckets(model.series.map((s) => closedValues(s, step, now))),
      color: tokenColor("accent"),
    };
  }
  return {
    value: first.total,
    unit: first.unit,
    changeRatio: changeOf(model),
    spark: closedValues(first, step, now),
    color: categoryColor(first.name, first.id, isDark),
  };
}

/** The same figure against the other times that one thinks of: a line that is there before they are known. */
function OtherChanges({ request, isReady }: { request: ReportRequest; isReady: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDay = wholeUnit(request.span) === "day";
  return (
    <span className="kpi__changes">
      {useOtherChanges(request, isReady).map(({ compare, ratio }) => (
        <span key={compare} title={ratio === null ? t("home.than.unknown") : undefined}>
          <strong>{ratio === null ? NO_DATA : formatChange(ratio, locale)}</strong>{" "}
          {t(`home.than.${isDay && compare === "previous" ? "day" : compare}`)}
        </span>
      ))}
    </span>
  );
}

interface ReportKpiProps {
  kind: (typeof KPI_KINDS)[number];
  request: ReportRequest;
  query: UseQueryResult<ReportModel>;
  span: 3 | 4;
}

/** One report in one figure, with its change and a link to it. */
export function ReportKpi({ kind, request, query, span }: ReportKpiProps) {
  const { t } = useTranslation();
  const { compare, step, now } = useView();
  const isDark = useTheme() === "dark";
  const locale = useLocale();
  return (
    <Card span={span} className="kpi-card" busy={query.isPlaceholderData}>
      <QueryView
        query={query}
        skeleton={<Skeleton height={158} />}
        isEmpty={(model) => model.series.length === 0}
        empty={<EmptyState title={t(`report.${kind}.name`)} text={t("report.emptyText")} />}
      >
        {(model) => {
          const head = headlineOf(model, isDark, step, now);
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
                    <OtherChanges request={request} isReady={!query.isPlaceholderData} />
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
