import type { EChartsCoreOption } from "echarts/core";
import { useRef } from "react";
import { formatExact, formatExactWithUnit, formatNumber } from "../format/number";
import { useLocale } from "../i18n/setup";
import { resolveColor } from "../theme/colors";
import type { Tip } from "./cursor";
import { type LineSeries, nearestInstant, valueAt } from "./instants";
import { pixelAt, useChart } from "./useChart";
import { useCursor } from "./useCursor";

/** What charts below each other have in common, so that their instants stand below each other. */
export interface ChartFrame {
  fromMs: number;
  toMs: number;
  labelPx: number;
}

export interface LiveChartProps {
  label: string;
  series: readonly LineSeries[];
  unit: string;
  height: number;
  /** A horizontal line. */
  limit: { value: number; name: string } | null;
  formatTime: (instantMs: number) => string;
  /** Text below the axis; by default the clock of `formatTime`, with seconds when the axis shows seconds. */
  formatTick?: (instantMs: number) => string;
  /** False: the value axis begins near the lowest value, as for voltages; by default at zero. */
  fromZero?: boolean;
  /** The caller shows what the colours mean. */
  hasOwnLegend?: boolean;
  /** Charts of one group share their cursor. */
  group?: string;
  /** Charts below each other: one time span, and one width [px] of the labels beside the value axis. */
  frame?: ChartFrame;
}

const MINUTE_MS = 60_000;

/** What the cursor says about an instant. */
export function instantTip(props: LiveChartProps, timeMs: number, locale: string): Tip {
  return {
    head: props.formatTime(timeMs),
    rows: props.series.map(({ name, color, points, dots }) => {
      // A mark stands for its own instant, not for what is around it.
      const value = dots ? (points.find(([at]) => at === timeMs)?.[1] ?? null) : valueAt(points, timeMs);
      const rounded = value === null ? null : Math.round(value * 100) / 100;
      return { color, name, value: formatExactWithUnit(rounded, props.unit, locale) };
    }),
  };
}

/** Room below a chart for the labels of its times [px]. */
const AXIS_PX = 28;

/** Shares that come near a hundred per cent have their axis end there. */
function percentAxis({ unit, series }: LiveChartProps): { max?: number; interval?: number } {
  if (unit !== "%") return {};
  const values = series.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  const highest = values.reduce((a, b) => Math.max(a, b), 0);
  return highest > 60 && highest <= 100 ? { max: 100, interval: 25 } : {};
}

/** Length of a clock time as text, by how far ticks stand apart: with seconds as soon as one of them needs some. */
function clockLength(props: LiveChartProps, ticks: number): number {
  const times = props.series.flatMap(({ points }) => [points[0]?.[0], points.at(-1)?.[0]]);
  const known = times.filter((time): time is number => time !== undefined);
  const span = Math.max(...known) - Math.min(...known);
  return span / ticks < MINUTE_MS ? 8 : 5;
}

function option(props: LiveChartProps, locale: string, width: number): EChartsCoreOption {
  const ink = resolveColor("var(--ink-2)");
  const { limit, frame } = props;
  const ticks = Math.max(2, Math.floor(width / 130));
  const clock = clockLength(props, ticks);
  return {
    animation: false,
    // Ticks at full hours and days of the times given; these are often local to the site.
    useUTC: true,
    textStyle: { fontFamily: "inherit" },
    grid: frame
      ? { left: frame.labelPx, right: 12, top: 32, bottom: AXIS_PX }
      : { left: 4, right: 12, top: 32, bottom: 4, containLabel: true },
    legend: undefined,
    xAxis: {
      type: "time",
      min: frame?.fromMs,
      max: frame?.toMs,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: resolveColor("var(--line-strong)") } },
      splitNumber: ticks,
      axisLabel: {
        color: ink,
        fontSize: 12,
        hideOverlap: true,
        formatter: (ms: number) => props.formatTick?.(ms) ?? props.formatTime(ms).slice(0, clock),
      },
    },
    yAxis: {
      type: "value",
      name: props.unit,
      nameGap: 12,
      nameTextStyle: { color: ink, align: "left", fontSize: 12, padding: [0, 0, 0, -8] },
      splitNumber: 4,
      ...percentAxis(props),
      scale: props.fromZero === false,
      splitLine: { lineStyle: { color: resolveColor("var(--line)") } },
      axisLabel: {
        color: ink,
        fontSize: 12,
        // A register of millions differs in its last digits only.
        formatter: (v: number) =>
          props.fromZero === false ? formatExact(v, locale) : formatNumber(v, locale),
      },
    },
    series: props.series.map((series, i) => ({
      type: "line",
      name: series.name,
      data: series.points.map(([time, value]) => [time, value]),
      showSymbol: series.dots === true,
      symbol: "circle",
      symbolSize: 8,
      connectNulls: false,
      sampling: series.dots ? undefined : "lttb",
      silent: true,
      lineStyle: { color: resolveColor(series.color), width: series.dots ? 0 : i === 0 ? 2 : 1.5 },
      itemStyle: { color: resolveColor(series.color) },
      markLine:
        i === 0 && limit
          ? {
              silent: true,
              symbol: "none",
              data: [{ yAxis: limit.value }],
              lineStyle: { color: resolveColor("var(--warning-mark)"), type: [6, 4], width: 1.5 },
              label: {
                position: "insideEndTop",
                color: ink,
                fontSize: 12,
                formatter: `${limit.name} ${formatNumber(limit.value, locale)} ${props.unit}`,
              },
            }
          : undefined,
    })),
  };
}

/** Lines over the last minutes; the time axis moves with the newest value. */
export function LiveChart(props: LiveChartProps) {
  const area = useRef<HTMLDivElement>(null);
  const element = useRef<HTMLDivElement>(null);
  const locale = useLocale();
  const chart = useChart(element, () => option(props, locale, element.current?.clientWidth ?? 800), [
    props.series,
    props.limit?.value,
    props.unit,
    props.frame,
    locale,
  ]);
  useCursor(
    area,
    {
      locate: (px) => {
        const timeMs = Number(chart?.convertFromPixel({ xAxisIndex: 0 }, px));
        return Number.isFinite(timeMs) ? nearestInstant(props.series, timeMs) : null;
      },
      place: (at) => pixelAt(chart, at),
      tip: (at) => instantTip(props, at, locale),
    },
    props.group,
  );
  return (
    <div>
      {!props.hasOwnLegend && (
        <ul className="legend legend--plain">
          {props.series.map((series) => (
            <li key={series.name} className="legend__item">
              <span className="dot" style={{ ["--dot" as string]: series.color }} />
              {series.name}
            </li>
          ))}
        </ul>
      )}
      <div ref={area} className="chart" role="img" aria-label={props.label} style={{ height: props.height }}>
        <div ref={element} className="chart__canvas chart__canvas--still" />
      </div>
    </div>
  );
}
