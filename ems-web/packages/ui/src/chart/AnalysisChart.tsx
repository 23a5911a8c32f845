import { HeatmapChart, ScatterChart } from "echarts/charts";
import { DataZoomComponent, VisualMapComponent } from "echarts/components";
import type { EChartsCoreOption } from "echarts/core";
import { type RefObject, useEffect, useRef } from "react";
import { useLocale } from "../i18n/setup";
import { resolveColor } from "../theme/colors";
import { useTheme } from "../theme/store";
import { echarts } from "./echarts";
import { useChart } from "./useChart";

echarts.use([HeatmapChart, ScatterChart, DataZoomComponent, VisualMapComponent]);

export type ChartOption = EChartsCoreOption;

/** A stretch of the axis, in percent of its length. */
export interface ZoomRange {
  start: number;
  end: number;
}

export interface AnalysisChartProps {
  /** Says what is shown, for assistive technology. */
  label: string;
  /** The option for a width [px]. */
  makeOption: (width: number) => ChartOption;
  /** What the option depends on. */
  inputs: readonly unknown[];
  height: number;
  /** Charts of one group share their cursor and their zoom. */
  group?: string;
  /** The zoom of the slider was moved. */
  onZoom?: (range: ZoomRange) => void;
  /** Gets the function that answers the chart, with those of its group, as a picture. */
  picture?: RefObject<(() => string) | null>;
}

const SETTLED_MS = 250;
const PICTURE_PIXELS = 2;

interface ZoomEvent {
  start?: number;
  end?: number;
  batch?: readonly ZoomEvent[];
}

/** A chart of an option made elsewhere: curves with zoom, heat maps, clouds of points. */
export function AnalysisChart({
  label,
  makeOption,
  inputs,
  height,
  group,
  onZoom,
  picture,
}: AnalysisChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const locale = useLocale();
  const theme = useTheme();
  const chart = useChart(element, () => makeOption(element.current?.clientWidth ?? 800), [
    ...inputs,
    locale,
    theme,
  ]);
  const zoomed = useRef(onZoom);
  zoomed.current = onZoom;

  useEffect(() => {
    if (!chart) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onEvent = (event: unknown) => {
      const zoom = event as ZoomEvent;
      const { start, end } = zoom.batch?.[0] ?? zoom;
      if (start === undefined || end === undefined) return;
      clearTimeout(timer);
      // The address follows when the hand rests.
      timer = setTimeout(() => zoomed.current?.({ start, end }), SETTLED_MS);
    };
    chart.on("datazoom", onEvent);
    return () => {
      clearTimeout(timer);
      chart.off("datazoom", onEvent);
    };
  }, [chart]);

  useEffect(() => {
    if (!chart || !group) return;
    chart.group = group;
    echarts.connect(group);
  }, [chart, group]);

  useEffect(() => {
    if (!picture || !chart) return;
    picture.current = () => {
      const options = { pixelRatio: PICTURE_PIXELS, backgroundColor: resolveColor("var(--card)") };
      return group ? chart.getConnectedDataURL({ ...options, type: "png" }) : chart.getDataURL(options);
    };
    return () => {
      picture.current = null;
    };
  }, [chart, group, picture]);

  return (
    <div className="chart" role="img" aria-label={label} style={{ height }}>
      <div ref={element} className="chart__canvas" />
    </div>
  );
}
