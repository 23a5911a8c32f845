/** Charts: a chunk of their own, loaded when the first one is shown. */
export { TimeChart, type TimeChartProps } from "./TimeChart";
export type { ChartSeries } from "./timeOption";
export { useChart } from "./useChart";
