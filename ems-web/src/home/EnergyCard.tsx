import { Card, EmptyState, QueryView, Skeleton, useTheme } from "@ems/ui";
import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LazyChart } from "../pages/LazyChart";
import { toChartSeries } from "../reports/chartSeries";
import type { ReportModel } from "../reports/model";
import { runningBucket } from "../reports/query";
import { useView } from "../state/view";

/** The period's energy as bars: in the place of the live trend where there is nothing live. */
export function EnergyCard({ query }: { query: UseQueryResult<ReportModel> }) {
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
