/**
 * The options of all charts of the page. Longer than 400 lines, because they share axes, hover texts and colours.
 */
import {
  currencySymbol,
  formatAxis,
  formatBucket,
  formatExact,
  formatNumber,
  formatPercent,
  NO_DATA,
  resolveColor,
  type Scale,
  type Step,
  scaleFor,
  toIsoLocal,
} from "@ems/ui";
import type { ChartOption, ZoomRange } from "@ems/ui/chart/analysis";
import { escapeHtml } from "@ems/ui/chart/html";
import type { Heat } from "./analysis";
import type { Line } from "./data";

/** A coloured stretch behind the curves. */
export interface Band {
  from: number;
  to: number;
  color: string;
  opacity: number;
  name: string;
}

export interface TimeInput {
  lines: readonly Line[];
  /** The one or two units of the axes. */
  units: readonly string[];
  stamps: readonly string[];
  step: Step;
  bands: readonly Band[];
  zoom: ZoomRange | null;
  hasSlider: boolean;
  locale: string;
  width: number;
  comparison: string;
  estimated: string;
}

interface AxisItem {
  dataIndex: number;
}

const TOP_PX = 28;
const SLIDER_PX = 44;

function textStyle() {
  return { color: resolveColor("var(--ink-2)"), fontSize: 12 };
}

function tooltip(formatter: (items: unknown) => string, trigger: "axis" | "item" = "axis") {
  return {
    trigger,
    confine: true,
    transitionDuration: 0,
    appendTo: "body",
    className: "chart-tip",
    axisPointer: { type: "line", lineStyle: { color: resolveColor("var(--ink-2)"), width: 1 } },
    formatter,
  };
}

function row(color: string, name: string, value: string): string {
  const dot = color ? `<span class="tip__dot" style="background:${resolveColor(color)}"></span>` : "";
  return `<div class="tip__row">${dot}<span>${escapeHtml(name)}</span><b>${escapeHtml(value)}</b></div>`;
}

function tip(head: string, rows: readonly string[]): string {
  return `<div class="tip"><div class="tip__head">${escapeHtml(head)}</div>${rows.join("")}</div>`;
}

/** The unit in which the largest of the values reads best. */
function scaleOf(unit: string, values: Iterable<number | null | undefined>): Scale {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value ?? 0));
  return scaleFor(most, unit);
}

function valueAxis(scale: Scale, locale: string, index: number, isScaled: boolean) {
  return {
    type: "value",
    name: currencySymbol(scale.unit, locale) ?? scale.unit,
    position: index === 0 ? "left" : "right",
    nameGap: 10,
    nameTextStyle: {
      ...textStyle(),
      align: index === 0 ? "left" : "right",
      padding: index === 0 ? [0, 0, 0, -8] : [0, -8, 0, 0],
    },
    splitNumber: 4,
    scale: isScaled,
    splitLine: { show: index === 0, lineStyle: { color: resolveColor("var(--line)") } },
    axisLabel: {
      ...textStyle(),
      formatter: (value: number) => formatNumber(value / scale.divisor, locale),
    },
  };
}

/** Temperatures and voltages move around a level; what is counted is measured from zero. */
function isLevel(unit: string): boolean {
  return /°|^V$|^Hz$/.test(unit);
}

function markBands(bands: readonly Band[], stamps: readonly string[]) {
  return {
    silent: true,
    data: bands.map((band) => [
      {
        xAxis: stamps[band.from],
        itemStyle: { color: resolveColor(band.color), opacity: band.opacity },
      },
      { xAxis: stamps[Math.min(stamps.length - 1, band.to + 1)] },
    ]),
  };
}

/** The stamps as an axis: a doubled hour of a clock change must stay two buckets. */
function axisKeys(stamps: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return stamps.map((stamp) => {
    const count = seen.get(stamp) ?? 0;
    seen.set(stamp, count + 1);
    return count === 0 ? stamp : `${stamp}#${count}`;
  });
}

function timeSeries(input: TimeInput, keys: readonly string[]) {
  const own = input.lines.map((line, i) => ({
    type: "line",
    name: line.name,
    yAxisIndex: Math.max(0, input.units.indexOf(line.unit)),
    data: line.values.map((value) => value ?? "-"),
    showSymbol: false,
    connectNulls: false,
    sampling: "lttb",
    lineStyle: { color: resolveColor(line.color), width: 1.75 },
    itemStyle: { color: resolveColor(line.color) },
    animation: false,
    markArea: i === 0 && input.bands.length > 0 ? markBands(input.bands, keys) : undefined,
  }));
  const bases = input.lines
    .filter((line) => line.baseValues.length > 0)
    .map((line) => ({
      type: "line",
      name: `${line.name} · ${input.comparison}`,
      yAxisIndex: Math.max(0, input.units.indexOf(line.unit)),
      data: line.values.map((_, i) => line.baseValues[i] ?? "-"),
      showSymbol: false,
      connectNulls: false,
      sampling: "lttb",
      lineStyle: { color: resolveColor(line.color), width: 1.25, type: [4, 3], opacity: 0.75 },
      itemStyle: { color: resolveColor(line.color) },
      animation: false,
    }));
  return [...own, ...bases];
}

function timeTip(input: TimeInput, index: number): string {
  const stamp = input.stamps[index] ?? "";
  const rows = input.lines.flatMap((line) => {
    const value = line.values[index] ?? null;
    const note = line.estimated[index] ? ` (${input.estimated})` : "";
    const own = row(
      line.color,
      line.name + note,
      value === null ? NO_DATA : `${formatExact(value, input.locale)} ${line.unit}`,
    );
    const base = line.baseValues[index];
    if (base === undefined) return [own];
    const when = formatBucket(line.baseStamps[index] ?? "", input.step, input.locale);
    return [own, row("", when, base === null ? NO_DATA : `${formatExact(base, input.locale)} ${line.unit}`)];
  });
  return tip(formatBucket(stamp, input.step, input.locale), rows);
}

/** Curves over time on one or two axes, with bands behind them and a slider below. */
export function timeOption(input: TimeInput): ChartOption {
  const keys = axisKeys(input.stamps);
  const labels = Math.max(2, Math.floor(input.width / 68));
  const zoom = input.zoom ?? { start: 0, end: 100 };
  const shown = Math.ceil((input.stamps.length * (zoom.end - zoom.start)) / 100);
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    grid: { left: 4, right: 12, top: TOP_PX, bottom: input.hasSlider ? SLIDER_PX : 4, containLabel: true },
    tooltip: tooltip((items) => timeTip(input, (items as AxisItem[])[0]?.dataIndex ?? 0)),
    xAxis: {
      type: "category",
      data: keys,
      boundaryGap: false,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: resolveColor("var(--line-strong)") } },
      axisLabel: {
        ...textStyle(),
        hideOverlap: true,
        interval: Math.max(0, Math.ceil(shown / labels) - 1),
        formatter: (key: string) => formatAxis(key.slice(0, 19), input.step, input.locale),
      },
    },
    yAxis: input.units.map((unit, i) => {
      const ofUnit = input.lines.filter((line) => line.unit === unit);
      const scale = scaleOf(
        unit,
        ofUnit.flatMap((line) => [...line.values, ...line.baseValues]),
      );
      return valueAxis(scale, input.locale, i, isLevel(unit));
    }),
    dataZoom: [
      {
        type: "slider",
        show: input.hasSlider,
        ...zoom,
        height: 22,
        bottom: 4,
        brushSelect: true,
        showDetail: false,
        borderColor: resolveColor("var(--line)"),
        fillerColor: `${resolveColor("var(--accent)")}26`,
        moveHandleStyle: { color: resolveColor("var(--line-strong)") },
        emphasis: { moveHandleStyle: { color: resolveColor("var(--accent)") } },
        handleStyle: { color: resolveColor("var(--accent)") },
        dataBackground: {
          lineStyle: { color: resolveColor("var(--line-strong)") },
          areaStyle: { color: resolveColor("var(--sunken)") },
        },
        selectedDataBackground: {
          lineStyle: { color: resolveColor("var(--accent)") },
          areaStyle: { color: resolveColor("var(--accent-soft)") },
        },
      },
      // A plain wheel scrolls the page.
      { type: "inside", ...zoom, zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, moveOnMouseMove: true },
    ],
    series: timeSeries(input, keys),
  };
}

export interface CurvesInput {
  curves: readonly { name: string; unit: string; color: string; points: readonly [number, number][] }[];
  units: readonly string[];
  xName: string;
  locale: string;
}

/** Load-duration curves: how long each value was reached. */
export function durationOption(input: CurvesInput): ChartOption {
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    grid: { left: 4, right: 12, top: TOP_PX, bottom: 24, containLabel: true },
    tooltip: tooltip((items) => {
      const list = items as { seriesIndex: number; data: [number, number] }[];
      const share = formatPercent((list[0]?.data[0] ?? 0) / 100, input.locale);
      const rows = list.map(({ seriesIndex, data }) => {
        const curve = input.curves[seriesIndex];
        return row(
          curve?.color ?? "",
          curve?.name ?? "",
          `${formatExact(data[1], input.locale)} ${curve?.unit ?? ""}`,
        );
      });
      return tip(`${share} · ${input.xName}`, rows);
    }),
    xAxis: {
      type: "value",
      min: 0,
      max: 100,
      name: input.xName,
      nameLocation: "middle",
      nameGap: 26,
      nameTextStyle: textStyle(),
      splitLine: { show: false },
      axisLabel: { ...textStyle(), formatter: (value: number) => formatPercent(value / 100, input.locale) },
    },
    yAxis: input.units.map((unit, i) => {
      const ofUnit = input.curves.filter((curve) => curve.unit === unit);
      const scale = scaleOf(
        unit,
        ofUnit.flatMap((curve) => curve.points.map(([, value]) => value)),
      );
      return valueAxis(scale, input.locale, i, false);
    }),
    series: input.curves.map((curve) => ({
      type: "line",
      name: curve.name,
      yAxisIndex: Math.max(0, input.units.indexOf(curve.unit)),
      data: [...curve.points],
      showSymbol: false,
      lineStyle: { color: resolveColor(curve.color), width: 1.75 },
      itemStyle: { color: resolveColor(curve.color) },
      areaStyle: input.curves.length === 1 ? { color: resolveColor(curve.color), opacity: 0.12 } : undefined,
      animation: false,
    })),
  };
}

export interface HeatInput {
  heat: Heat;
  name: string;
  unit: string;
  color: string;
  locale: string;
  width: number;
  estimated: string;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, "0")}:00`);

const ODD_SHARE = 0.02;

/** Where the colours begin: near the lowest value, so that habits differ; a few odd hours do not count. */
function lowest(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * ODD_SHARE)] ?? 0;
}

/** Hours of the day over the days: habits and what breaks them. */
export function heatOption(input: HeatInput): ChartOption {
  const { heat, locale } = input;
  const values = heat.cells.map((cell) => cell.value);
  const scale = scaleOf(input.unit, values);
  const days = heat.days.map((day) => toIsoLocal(day));
  const labels = Math.max(2, Math.floor(input.width / 68));
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    grid: { left: 4, right: 12, top: 8, bottom: 56, containLabel: true },
    tooltip: tooltip((item) => {
      const cell = heat.cells[(item as AxisItem).dataIndex];
      if (!cell) return "";
      const note = cell.isEstimated ? ` (${input.estimated})` : "";
      const stamp = toIsoLocal((heat.days[cell.day] ?? 0) + cell.hour * 3_600_000);
      return tip(formatBucket(stamp, "hourly", locale), [
        row(input.color, input.name + note, `${formatExact(cell.value, locale)} ${input.unit}`),
      ]);
    }, "item"),
    xAxis: {
      type: "category",
      data: days,
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: {
        ...textStyle(),
        interval: Math.max(0, Math.ceil(days.length / labels) - 1),
        formatter: (stamp: string) => formatAxis(stamp, "daily", locale),
      },
    },
    yAxis: {
      type: "category",
      data: HOURS,
      inverse: true,
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { ...textStyle(), interval: 5 },
    },
    visualMap: {
      type: "continuous",
      min: lowest(values),
      max: Math.max(1e-9, ...values),
      calculable: true,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemWidth: 12,
      itemHeight: 160,
      text: [scale.unit, ""],
      textStyle: textStyle(),
      formatter: (value: number) => formatNumber(value / scale.divisor, locale),
      inRange: { color: [resolveColor("var(--sunken)"), resolveColor(input.color)] },
    },
    series: [
      {
        type: "heatmap",
        name: input.name,
        data: heat.cells.map((cell) => ({
          value: [cell.day, cell.hour, cell.value],
          itemStyle: cell.isEstimated
            ? { borderColor: resolveColor("var(--warning-mark)"), borderWidth: 1 }
            : undefined,
        })),
        progressive: 2_000,
        animation: false,
      },
    ],
  };
}

export interface ScatterInput {
  clouds: readonly {
    name: string;
    unit: string;
    color: string;
    points: readonly { index: number; x: number; y: number }[];
    fit: readonly [readonly [number, number], readonly [number, number]] | null;
  }[];
  units: readonly string[];
  stamps: readonly string[];
  step: Step;
  xName: string;
  xUnit: string;
  locale: string;
}

/** Values against another series, such as the outdoor temperature, with the line that fits them best. */
export function scatterOption(input: ScatterInput): ChartOption {
  const { locale } = input;
  const xScale = scaleOf(
    input.xUnit,
    input.clouds.flatMap((cloud) => cloud.points.map(({ x }) => x)),
  );
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    grid: { left: 4, right: 12, top: TOP_PX, bottom: 24, containLabel: true },
    tooltip: tooltip((item) => {
      const { seriesIndex, dataIndex } = item as { seriesIndex: number; dataIndex: number };
      const cloud = input.clouds[seriesIndex];
      const point = cloud?.points[dataIndex];
      if (!cloud || !point) return "";
      return tip(formatBucket(input.stamps[point.index] ?? "", input.step, locale), [
        row(cloud.color, cloud.name, `${formatExact(point.y, locale)} ${cloud.unit}`),
        row("", input.xName, `${formatExact(point.x, locale)} ${input.xUnit}`),
      ]);
    }, "item"),
    xAxis: {
      type: "value",
      name: `${input.xName} [${xScale.unit}]`,
      nameLocation: "middle",
      nameGap: 26,
      nameTextStyle: textStyle(),
      scale: true,
      splitLine: { show: false },
      axisLabel: {
        ...textStyle(),
        formatter: (value: number) => formatNumber(value / xScale.divisor, locale),
      },
    },
    yAxis: input.units.map((unit, i) => {
      const ofUnit = input.clouds.filter((cloud) => cloud.unit === unit);
      const scale = scaleOf(
        unit,
        ofUnit.flatMap((cloud) => cloud.points.map(({ y }) => y)),
      );
      return valueAxis(scale, locale, i, false);
    }),
    series: [
      ...input.clouds.map((cloud) => ({
        type: "scatter",
        name: cloud.name,
        yAxisIndex: Math.max(0, input.units.indexOf(cloud.unit)),
        data: cloud.points.map(({ x, y }) => [x, y]),
        symbolSize: cloud.points.length > 1_000 ? 3 : 6,
        itemStyle: { color: resolveColor(cloud.color), opacity: 0.6 },
        animation: false,
      })),
      ...input.clouds.flatMap((cloud) =>
        cloud.fit
          ? [
              {
                type: "line",
                name: cloud.name,
                yAxisIndex: Math.max(0, input.units.indexOf(cloud.unit)),
                data: cloud.fit.map((point) => [...point]),
                showSymbol: false,
                silent: true,
                lineStyle: { color: resolveColor(cloud.color), width: 1.5, type: [6, 4] },
                tooltip: { show: false },
                animation: false,
              },
            ]
          : [],
      ),
    ],
  };
}
