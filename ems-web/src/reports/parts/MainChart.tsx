import {
  Button,
  Card,
  categoryColor,
  describeError,
  displayUnit,
  nextBucket,
  parseLocal,
  Segmented,
  toasts,
  useLocale,
  useTheme,
} from "@ems/ui";
import { ChartColumn, Download, FileSpreadsheet, Table2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { LazyChart } from "../../pages/LazyChart";
import { useSite } from "../../state/site";
import { useView } from "../../state/view";
import { toChartSeries } from "../chartSeries";
import { download, toCsv } from "../export";
import { type ReportModel, type ReportSeries, units } from "../model";
import { fetchExcel, type ReportRequest, runningBucket } from "../query";
import { ReportTable } from "./ReportTable";

type Look = "chart" | "table";

const XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

interface Filter {
  unit: string;
  hidden: ReadonlySet<string>;
  setUnit: (unit: string) => void;
  toggle: (name: string) => void;
}

/** Which unit and which series are shown; in the address, so that a link shows the same. */
function useFilter(model: ReportModel): Filter {
  const [params, setParams] = useSearchParams();
  const all = units(model);
  const unit = all.find((u) => u === params.get("unit")) ?? all[0] ?? "";
  const hiddenText = params.get("hide") ?? "";
  const hidden = useMemo(() => new Set(hiddenText.split("~").filter(Boolean)), [hiddenText]);
  const set = (key: string, value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(key, value);
        else next.delete(key);
        return next;
      },
      { replace: true },
    );
  return {
    unit,
    hidden,
    setUnit: (value) => set("unit", value === all[0] ? "" : value),
    toggle: (name) => {
      const next = new Set(hidden);
      if (next.has(name)) next.delete(name);
      else next.add(name);
      set("hide", [...next].join("~"));
    },
  };
}

function useTableKey(flip: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isTyping = ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
      if (event.key === "t" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) flip();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}

function Legend({ series, filter }: { series: readonly ReportSeries[]; filter: Filter }) {
  const { t } = useTranslation();
  const isDark = useTheme() === "dark";
  if (series.length < 2) return null;
  return (
    <fieldset className="legend legend--set" aria-label={t("report.legend")}>
      {series.map((one) => (
        <button
          key={one.id}
          type="button"
          className="legend__item"
          aria-pressed={!filter.hidden.has(one.name)}
          onClick={() => filter.toggle(one.name)}
        >
          <span className="dot" style={{ ["--dot" as string]: categoryColor(one.name, one.id, isDark) }} />
          {one.name}
        </button>
      ))}
    </fieldset>
  );
}

function ExportButtons({ series, request }: { series: readonly ReportSeries[]; request: ReportRequest }) {
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const name = `${request.entity}-${request.report.kind}-${request.id}`;
  const excel = async () => {
    setBusy(true);
    try {
      const bytes = await fetchExcel(request);
      if (bytes) download(`${name}.xlsx`, bytes, XLSX_TYPE);
      else toasts.show(t("report.noExcel"));
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button
        small
        icon={<Download size={14} />}
        onClick={() =>
          download(`${name}.csv`, toCsv(series, t("chart.time"), t("chart.comparison")), "text/csv")
        }
      >
        CSV
      </Button>
      <Button small icon={<FileSpreadsheet size={14} />} disabled={isBusy} onClick={() => void excel()}>
        Excel
      </Button>
    </>
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
  const ofUnit = useMemo(() => model.series.filter((s) => s.unit === filter.unit), [model, filter.unit]);
  const shown = useMemo(() => ofUnit.filter((s) => !filter.hidden.has(s.name)), [ofUnit, filter.hidden]);
  const stamps = shown[0]?.stamps ?? ofUnit[0]?.stamps ?? [];
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
          <ExportButtons series={shown} request={request} />
          <Segmented
            label={t("report.look")}
            value={look}
            options={[
              {
                value: "chart",
                label: <ChartColumn size={16} aria-label={t("chart.chart")} />,
                hint: t("chart.chart"),
              },
              {
                value: "table",
                label: <Table2 size={16} aria-label={t("chart.table")} />,
                hint: `${t("chart.table")} (t)`,
              },
            ]}
            onChange={setLook}
          />
        </div>
      }
    >
      {units(model).length > 1 && (
        <div className="chart-head">
          <Segmented
            label={t("report.unit")}
            value={filter.unit}
            options={units(model).map((unit) => ({
              value: unit,
              label: `${model.series
                .filter((s) => s.unit === unit)
                .slice(0, 2)
                .map((s) => s.name)
                .join(", ")} (${displayUnit(unit)})`,
            }))}
            onChange={filter.setUnit}
          />
        </div>
      )}
      <Legend series={ofUnit} filter={filter} />
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
        <ReportTable series={shown} step={step} locale={locale} caption={title} />
      )}
    </Card>
  );
}
