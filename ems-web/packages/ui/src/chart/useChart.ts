import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { type RefObject, useEffect, useRef, useState } from "react";
import { printing } from "../theme/printing";
import { useTheme } from "../theme/store";
import { echarts } from "./echarts";

/** Where a place of the time axis stands [px from the left side]; null before the chart is drawn. */
export function pixelAt(chart: EChartsType | null, at: number): number | null {
  const px = Number(chart?.convertToPixel({ xAxisIndex: 0 }, at));
  return Number.isFinite(px) ? px : null;
}

/** A width that lasted this long is worth a new option: labels and margins depend on it. */
const WIDTH_SETTLED_MS = 150;

/** Bind an ECharts instance to an element: made once, sized with it, gone with it. */
export function useChart(
  element: RefObject<HTMLDivElement | null>,
  makeOption: () => EChartsCoreOption,
  inputs: readonly unknown[],
): EChartsType | null {
  const [chart, setChart] = useState<EChartsType | null>(null);
  const [width, setWidth] = useState(0);
  const theme = useTheme();
  const make = useRef(makeOption);
  make.current = makeOption;

  useEffect(() => {
    const node = element.current;
    if (!node) return;
    // Enlarged as on a wall screen, a chart has more pixels; a browser that does not tell draws it a little softer.
    const pixels = window.devicePixelRatio * (node.currentCSSZoom ?? 1);
    const instance = echarts.init(node, null, { devicePixelRatio: pixels });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new ResizeObserver(() => {
      instance.resize();
      clearTimeout(timer);
      timer = setTimeout(() => setWidth(node.clientWidth), WIDTH_SETTLED_MS);
    });
    observer.observe(node);
    setChart(instance);
    setWidth(node.clientWidth);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      instance.dispose();
    };
  }, [element]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the inputs are named by the caller; theme and width are read inside
  useEffect(() => {
    const isPrinting = printing.get();
    chart?.setOption(make.current(), { notMerge: true, lazyUpdate: !isPrinting });
    // Paper waits for no frame.
    if (isPrinting) chart?.getZr().flush();
  }, [chart, theme, width, ...inputs]);

  return chart;
}
