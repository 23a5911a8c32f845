import type { EChartsCoreOption } from "echarts/core";
import { useRef } from "react";
import { formatExact, formatNumber, NO_DATA } from "../format/number";
import { useLocale } from "../i18n/setup";
import { resolveColor } from "../theme/colors";
import { escapeHtml } from "./html";
import { useChart } from "./useChart";

export interface LineSeries {
  name: string;
  color: string;
  /** Instant [ms] and value. */
  points: readonly (readonly [number, number | null])[];
}

export interface LiveChartProps {
  label: string;
  series: readonly LineSeries[];
  unit: string;
  height: number;
  /** A horizontal line. */
  limit: { value: number; name: string } | null;
  formatTime: (instantMs: number) => string;
  /** Text below the axis; by default hours and minutes of `formatTime`. */
  formatTick?: (instantMs: number) => string;
  /** False: the value axis begins near the lowest value, as for voltages; by default at zero. */
  fromZero?: boolean;
  /** The caller shows what the colours mean. */
  hasOwnLegend?: boolean;
  /** Charts of one group share their cursor. */
  group?: string;
}

interface AxisItem {
  axisValue: number;
  seriesName: string;
  color: string;
  data: readonly [number, number | null];
}

function option(props: LiveChartProps, locale: string, width: number): EChartsCoreOption {
  const ink = resolveColor("var(--ink-2)");
  const { limit } = props;
  return {
    animation: false,
    // Ticks at full hours and days of the times given; these are often local to the site.
    useUTC: true,
    textStyle: { fontFamily: "inherit" },
    grid: { left: 4, right: 12, top: 32, bottom: 4, containLabel: true },
    legend: undefined,
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      className: "chart-tip",
      appendTo: "body",
      formatter: (items: AxisItem[]) => {
        const rows = items.map((item) => {
          const value = item.data[1];
          const text =
            value === null ? NO_DATA : `${formatExact(Math.round(value * 100) / 100, locale)} ${props.unit}`;
          return `<div class="tip__row"><span class="tip__dot" style="background:${item.color}"></span><span>${escapeHtml(item.seriesName)}</span><b>${text}</b></div>`;
        });
        return `<div class="tip"><div class="tip__head">${props.formatTime(items[0]?.axisValue ?? 0)}</div>${rows.join("")}</div>`;
      },
    },
    xAxis: {
      type: "time",
      axisTick: { show: false },
      axisLine: { lineStyle: { color: resolveColor("var(--line-strong)") } },
      splitNumber: Math.max(2, Math.floor(width / 130)),
      axisLabel: {
        color: ink,
        fontSize: 12,
        hideOverlap: true,
        formatter: (ms: number) => props.formatTick?.(ms) ?? props.formatTime(ms).slice(0, 5),
      },
    },
    yAxis: {
      type: "value",
      name: props.unit,
      nameGap: 12,
      nameTextStyle: { color: ink, align: "left", fontSize: 12, padding: [0, 0, 0, -8] },
      splitNumber: 4,
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
      showSymbol: false,
      connectNulls: false,
      sampling: "lttb",
      lineStyle: { color: resolveColor(series.color), width: i === 0 ? 2 : 1.5 },
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
  const element = useRef<HTMLDivElement>(null);
  const locale = useLocale();
  useChart(
    element,
    () => option(props, locale, element.current?.clientWidth ?? 800),
    [props.series, props.limit?.value, props.unit, locale],
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
      <div className="chart" role="img" aria-label={props.label} style={{ height: props.height }}>
        <div ref={element} className="chart__canvas" />
      </div>
    </div>
  );
}
