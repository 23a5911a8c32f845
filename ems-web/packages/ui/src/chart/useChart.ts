import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTheme } from "../theme/store";
import { echarts } from "./echarts";

/**
 * Bind an ECharts instance to an element: made once, sized with it, gone with it.
 *
 * Charts of one `group` share their cursor.
 */
export function useChart(
  element: RefObject<HTMLDivElement | null>,
  makeOption: () => EChartsCoreOption,
  inputs: readonly unknown[],
  group?: string,
): EChartsType | null {
  const [chart, setChart] = useState<EChartsType | null>(null);
  const theme = useTheme();
  const make = useRef(makeOption);
  make.current = makeOption;

  useEffect(() => {
    const node = element.current;
    if (!node) return;
    const instance = echarts.init(node);
    if (group) {
      instance.group = group;
      echarts.connect(group);
    }
    const observer = new ResizeObserver(() => instance.resize());
    observer.observe(node);
    setChart(instance);
    return () => {
      observer.disconnect();
      instance.dispose();
    };
  }, [element, group]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the inputs are named by the caller; the theme changes the colours read inside
  useEffect(() => {
    chart?.setOption(make.current(), { notMerge: true });
  }, [chart, theme, ...inputs]);

  return chart;
}
