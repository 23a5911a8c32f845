import {
  type BarItem,
  BarList,
  Card,
  formatPercent,
  listFormat,
  Segmented,
  useLocale,
  useTheme,
} from "@ems/ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ViewLink } from "../../state/ViewLink";
import { colorOf } from "../colors";
import type { ReportDeclaration } from "../declarations";
import { largestFirst, type PeakLevel, type ReportModel, type ReportSeries } from "../model";

const PEAK_COLORS: Record<PeakLevel, string> = {
  toppeak: "var(--critical)",
  onpeak: "var(--gas)",
  midpeak: "var(--electricity)",
  offpeak: "var(--cooling)",
  deep: "var(--battery)",
};

type Share = (value: number | null) => string | undefined;

/** Says what share of their sum a value is; of differences, some below zero, none is a share. */
function shares(values: readonly (number | null)[], locale: string): Share {
  const known = values.filter((value) => value !== null);
  const sum = known.reduce((total, value) => total + value, 0);
  const isWhole = sum > 0 && known.every((value) => value >= 0);
  return (value) => (value !== null && isWhole ? formatPercent(value / sum, locale) : undefined);
}

function SeriesShares({ model }: { model: ReportModel }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const first = model.series[0];
  const isOneUnit = model.series.every((s) => s.unit === first?.unit);
  if (!model.isAdditive || !isOneUnit || model.series.length < 2) return null;
  const share = shares(
    model.series.map((s) => s.total),
    locale,
  );
  const written = listFormat(
    model.series.map((s) => s.total),
    first?.unit ?? "",
    locale,
  );
  const isDifference = model.series.some((s) => (s.total ?? 0) < 0);
  const title = t(isDifference ? "report.category" : "report.shares");
  const items = largestFirst(model).map(
    (s): BarItem => ({
      key: s.id,
      name: s.name,
      value: s.total,
      text: written(s.total),
      note: share(s.total),
      color: colorOf(s, isDark),
      base: s.baseTotal,
    }),
  );
  return (
    <Card title={title}>
      <BarList items={items} label={title} />
    </Card>
  );
}

function Children({ model, report }: { model: ReportModel; report: ReportDeclaration }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const groups = model.children.filter((group) => group.items.length > 0);
  const [name, setName] = useState("");
  const largest = largestFirst(model)
    .map((one) => groups.find((g) => g.seriesName === one.name))
    .find((one) => one !== undefined);
  const group = groups.find((g) => g.seriesName === name) ?? largest ?? groups[0];
  if (!group) return null;
  const series = model.series.find((s) => s.name === group.seriesName) ?? { id: 0, name: group.seriesName };
  const share = shares(
    group.items.map((item) => item.value),
    locale,
  );
  // Parts that use none of it would only be so many dashes.
  const known = group.items.filter((item) => item.value !== null);
  const unknown = known.length > 0 ? group.items.length - known.length : 0;
  const written = listFormat(
    group.items.map((item) => item.value),
    group.unit,
    locale,
  );
  const items = (known.length > 0 ? known : group.items)
    .toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))
    .map(
      (item): BarItem => ({
        key: item.id,
        name: (
          <ViewLink to={`/report/space/${report.kind}`} extra={{ space: item.id }}>
            {item.name}
          </ViewLink>
        ),
        value: item.value,
        text: written(item.value),
        note: share(item.value),
        color: colorOf(series, isDark),
      }),
    );
  return (
    <Card title={t("report.children")}>
      {groups.length > 1 && (
        <div className="chart-head">
          <Segmented
            label={t("report.category")}
            value={group.seriesName}
            options={groups.map((g) => ({ value: g.seriesName, label: g.seriesName }))}
            onChange={setName}
          />
        </div>
      )}
      <BarList items={items} label={t("report.children")} />
      {unknown > 0 && <p className="bars-note">{t("report.childrenWithout", { count: unknown })}</p>}
    </Card>
  );
}

function Peaks({ series }: { series: ReportSeries }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const sum = series.peaks.reduce((total, peak) => total + peak.value, 0);
  if (sum <= 0 || series.peaks.length < 2) return null;
  const share = shares(
    series.peaks.map((peak) => peak.value),
    locale,
  );
  const written = listFormat(
    series.peaks.map((peak) => peak.value),
    series.unit,
    locale,
  );
  const items = series.peaks.map(
    (peak): BarItem => ({
      key: peak.level,
      name: t(`peak.${peak.level}`),
      value: peak.value,
      text: written(peak.value),
      note: share(peak.value),
      color: PEAK_COLORS[peak.level],
    }),
  );
  return (
    <Card title={t("report.peaks")} sub={series.name}>
      <BarList items={items} label={t("report.peaks")} />
    </Card>
  );
}

function WorkingDays({ model }: { model: ReportModel }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const days = model.workingDays;
  if (!days) return null;
  const share = shares([days.working, days.nonWorking], locale);
  const written = listFormat([days.working, days.nonWorking], days.unit, locale);
  const item = (key: "working" | "nonWorking", color: string): BarItem => ({
    key,
    name: t(`report.${key}`),
    value: days[key],
    text: written(days[key]),
    note: share(days[key]),
    color,
  });
  return (
    <Card title={t("report.days")}>
      <BarList
        items={[item("working", "var(--accent)"), item("nonWorking", "var(--stale)")]}
        label={t("report.days")}
      />
    </Card>
  );
}

/** Why: by category, by part, by tariff level, by kind of day. */
export function Breakdown({ model, report }: { model: ReportModel; report: ReportDeclaration }) {
  const split = largestFirst(model).find((series) => series.peaks.length > 1);
  const days = report.kind === "energycategory" ? model : { ...model, workingDays: null };
  return (
    <div className="breakdown">
      <div className="breakdown__column">
        <Children model={model} report={report} />
      </div>
      <div className="breakdown__column">
        <SeriesShares model={model} />
        {split && <Peaks series={split} />}
        <WorkingDays model={days} />
      </div>
    </div>
  );
}
