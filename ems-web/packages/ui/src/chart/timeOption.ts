import type { EChartsCoreOption } from "echarts/core";
import { formatAxis, formatBucket } from "../format/date";
import { currencySymbol, formatExactWithUnit, formatNumber, scaleFor } from "../format/number";
import { resolveColor } from "../theme/colors";
import { DAY, HOUR, parseLocal } from "../time/local";
import type { Step } from "../time/period";
import type { Tip } from "./cursor";

export interface ChartSeries {
  name: string;
  unit: string;
  color: string;
  values: readonly (number | null)[];
  kind: "bar" | "line";
  /** Bars with the same stack stand on each other. */
  stack?: string;
  /** The comparison: thin, dashed, behind. */
  role?: "base";
  /** Stamps of the comparison's own buckets, for the hover text. */
  ownStamps?: readonly string[];
  /** Buckets whose value is estimated: hatched. */
  estimated?: readonly boolean[];
  area?: boolean;
}

export interface TimeOptionInput {
  stamps: readonly string[];
  step: Step;
  series: readonly ChartSeries[];
  partialIndex?: number;
  partialText: string;
  estimatedText: string;
  locale: string;
  width: number;
}

const HATCH = {
  symbol: "rect",
  symbolSize: 1,
  rotation: Math.PI / 4,
  dashArrayX: [1, 0],
  dashArrayY: [2, 3],
};

function barData(series: ChartSeries, color: string, input: TimeOptionInput): unknown[] {
  return series.values.map((value, i) => {
    const isPartial = i === input.partialIndex;
    // In longer buckets a single estimated hour would hatch them all; hover tells of it there.
    const isEstimated = series.estimated?.[i] === true && input.step === "hourly";
    if (value === null) return "-";
    if (!isPartial && !isEstimated) return value;
    return {
      value,
      itemStyle: {
        color,
        opacity: isPartial ? 0.55 : 0.9,
        decal: { ...HATCH, color: resolveColor("var(--card)") },
      },
    };
  });
}

function toEchartsSeries(series: ChartSeries, input: TimeOptionInput): Record<string, unknown> {
  const color = resolveColor(series.color);
  if (series.kind === "bar") {
    return {
      type: "bar",
      name: series.name,
      data: barData(series, color, input),
      stack: series.stack,
      barMaxWidth: 44,
      barCategoryGap: input.stamps.length > 60 ? "10%" : "28%",
      itemStyle: { color, borderRadius: series.stack ? 0 : [2, 2, 0, 0] },
      silent: true,
      animation: false,
    };
  }
  return {
    type: "line",
    name: series.name,
    data: series.values.map((v) => v ?? "-"),
    symbol: input.stamps.length > 40 ? "none" : "circle",
    showSymbol: false,
    symbolSize: 5,
    connectNulls: false,
    lineStyle: {
      color,
      width: series.role === "base" ? 1.25 : 1.75,
      type: series.role === "base" ? [4, 3] : "solid",
    },
    itemStyle: { color },
    areaStyle: series.area ? { color, opacity: 0.12 } : undefined,
    z: series.role === "base" ? 4 : 3,
    sampling: "lttb",
    silent: true,
    animation: false,
  };
}

export interface TimeTipInput extends Omit<TimeOptionInput, "width"> {}

/** What the cursor says about a bucket: every series, estimated and running ones marked. */
export function timeTip(input: TimeTipInput, index: number): Tip {
  const { step, locale } = input;
  const stamp = input.stamps[index];
  const head = stamp === undefined ? "" : formatBucket(stamp, step, locale);
  const rows = input.series.map((series) => {
    const value = series.values[index] ?? null;
    const own = series.ownStamps?.[index];
    return {
      color: series.color,
      name: own ? `${series.name} · ${formatBucket(own, step, locale)}` : series.name,
      note: series.estimated?.[index] === true ? input.estimatedText : undefined,
      value: formatExactWithUnit(value, series.unit, locale),
    };
  });
  return { head: index === input.partialIndex ? `${head} · ${input.partialText}` : head, rows };
}

/** Largest magnitude on the value axis, stacks added up. */
function peak(input: TimeOptionInput): number {
  let most = 0;
  for (let i = 0; i < input.stamps.length; i++) {
    const stacks = new Map<string, number>();
    for (const [s, series] of input.series.entries()) {
      const key = series.stack ?? `#${s}`;
      stacks.set(key, (stacks.get(key) ?? 0) + Math.abs(series.values[i] ?? 0));
    }
    most = Math.max(most, ...stacks.values());
  }
  return most;
}

/** Distances between labels of an axis of hours [h]. */
const HOURS_BETWEEN = [1, 2, 3, 6, 12, 24, 48, 120, 168, 336, 720, 1_440] as const;

/**
 * Which buckets have a label: every so many; of hours those that people count by, on a long axis midnights alone.
 *
 * Stamps are the site's wall clock, so that an hour put forward or back shifts no label.
 */
export function labelledBuckets(
  stamps: readonly string[],
  step: Step,
  most: number,
): number | ((index: number, stamp: string) => boolean) {
  if (step !== "hourly") return Math.max(0, Math.ceil(stamps.length / most) - 1);
  const first = parseLocal(stamps[0] ?? "");
  const needed = (parseLocal(stamps.at(-1) ?? "") - first) / HOUR / most;
  const between = HOURS_BETWEEN.find((hours) => hours >= needed) ?? HOURS_BETWEEN[HOURS_BETWEEN.length - 1];
  // Counted from the first day on, so that the choice does not jump with the year.
  const origin = Math.floor(first / DAY) * DAY;
  return (_, stamp) => (parseLocal(stamp) - origin) % ((between ?? 1) * HOUR) === 0;
}

/** The ECharts option of a time chart. */
export function makeTimeOption(input: TimeOptionInput): EChartsCoreOption {
  const ink = resolveColor("var(--ink-2)");
  const line = resolveColor("var(--line)");
  const unit = input.series[0]?.unit ?? "";
  const scale = scaleFor(peak(input), unit);
  const labels = Math.max(2, Math.floor(input.width / (input.step === "hourly" ? 58 : 68)));
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    grid: { left: 4, right: 12, top: 28, bottom: 4, containLabel: true },
    xAxis: {
      type: "category",
      data: [...input.stamps],
      boundaryGap: input.series.some((s) => s.kind === "bar"),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: resolveColor("var(--line-strong)") } },
      axisLabel: {
        color: ink,
        fontSize: 12,
        hideOverlap: true,
        interval: labelledBuckets(input.stamps, input.step, labels),
        formatter: (stamp: string) => formatAxis(stamp, input.step, input.locale),
      },
    },
    yAxis: {
      type: "value",
      name: currencySymbol(scale.unit, input.locale) ?? scale.unit,
      nameLocation: "end",
      nameGap: 10,
      nameTextStyle: { color: ink, align: "left", fontSize: 12, padding: [0, 0, 0, -8] },
      splitNumber: 4,
      axisLine: { show: false },
      splitLine: { lineStyle: { color: line } },
      axisLabel: {
        color: ink,
        fontSize: 12,
        formatter: (value: number) => formatNumber(value / scale.divisor, input.locale),
      },
    },
    series: input.series.map((series) => toEchartsSeries(series, input)),
  };
}
