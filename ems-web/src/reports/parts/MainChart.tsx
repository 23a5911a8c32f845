import { Card, nextBucket, parseLocal, Segmented, useLocale, useTheme } from "@ems/ui";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Look, LookSwitch, useTableKey } from "../../pages/ChartCard";
import { LazyChart } from "../../pages/LazyChart";
import { useSite } from "../../state/site";
import { useView } from "../../state/view";
import { toChartSeries } from "../chartSeries";
import { toCsv } from "../export";
import type { ReportModel, ReportSeries } from "../model";
import { type ReportRequest, reportFile, runningBucket } from "../query";
import { ExportMenu } from "./ExportMenu";
import { Legend } from "./Legend";
import { ReportTable } from "./ReportTable";
import { useFilter } from "./useFilter";

const NO_SERIES: readonly ReportSeries[] = [];

interface ChartNoteProps {
  series: readonly ReportSeries[];
  hasPartial: boolean;
  isHourly: boolean;
}

/** What hatching means, when there is any; and that the chart can be dragged over. */
function ChartNote({ series, hasPartial, isHourly }: ChartNoteProps) {
  const { t } = useTranslation();
  const isHatched = hasPartial || (isHourly && series.some((one) => one.estimated.includes(true)));
  return (
    <p className="chart-note">
      {isHatched && `${t("chart.hatched")} `}
      <span className="chart-note__drag">{t("chart.zoomHint")}</span>
    </p>
  );
}

export interface MainChartProps {
  model: ReportModel;
  request: ReportRequest;
  isBusy: boolean;
}

/** The main chart with its table one key away. */
export function MainChart({ model, request, isBusy }: MainChartProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const { change, now } = useView();
  const { timeZone } = useSite();
  const filter = useFilter(model);
  const [look, setLook] = useState<Look>("chart");
  useTableKey(() => setLook(look === "chart" ? "table" : "chart"));

  const { report, step } = request;
  const ofGroup = filter.group?.series ?? NO_SERIES;
  const shown = useMemo(
    () => (ofGroup.length > 1 ? ofGroup.filter((s) => !filter.hidden.has(s.name)) : ofGroup),
    [ofGroup, filter.hidden],
  );
  const stamps = ofGroup[0]?.stamps ?? [];
  const chartSeries = useMemo(
    () =>
      toChartSeries(shown, {
        isDark,
        kind: report.chart,
        baseName: t("chart.comparison"),
        secondName: (key) => t(`figure.${key}`),
      }),
    [shown, isDark, report.chart, t],
  );
  const partial = runningBucket(stamps, step, now);
  const title = t(`report.${report.kind}.chart`);

  return (
    <Card
      title={title}
      sub={t("report.zone", { zone: timeZone })}
      busy={isBusy}
      flush={look === "table"}
      actions={
        <div className="card__tools">
          <ExportMenu
            file={reportFile(request)}
            csv={() =>
              toCsv(shown, {
                time: t("chart.time"),
                comparison: t("chart.comparison"),
                estimated: t("chart.estimated"),
                second: (key) => t(`figure.${key}`),
              })
            }
          />
          <LookSwitch look={look} onChange={setLook} />
        </div>
      }
    >
      {filter.groups.length > 1 && (
        <div className="chart-head">
          <Segmented
            label={t("report.group")}
            value={filter.group?.key ?? ""}
            options={filter.groups.map((group) => ({ value: group.key, label: group.label }))}
            onChange={filter.choose}
          />
        </div>
      )}
      <Legend series={ofGroup} filter={filter} />
      {look === "chart" ? (
        <LazyChart
          label={title}
          stamps={stamps}
          step={step}
          series={chartSeries}
          height={360}
          partialIndex={partial < 0 ? undefined : partial}
          onZoom={(from, to) => {
            const start = parseLocal(stamps[from] ?? "");
            const end = nextBucket(parseLocal(stamps[to] ?? ""), step);
            if (start < end) change({ spec: { start, end } });
          }}
        />
      ) : (
        <ReportTable
          series={shown}
          step={step}
          locale={locale}
          caption={title}
          isAdditive={model.isAdditive}
          partialIndex={partial < 0 ? undefined : partial}
        />
      )}
      {look === "chart" && (
        <ChartNote
          series={shown}
          hasPartial={partial >= 0 && report.chart === "bar"}
          isHourly={step === "hourly" && report.chart === "bar"}
        />
      )}
    </Card>
  );
}
