/** Charts: a chunk of their own, loaded when the first one is shown. */
export type { LineSeries } from "./instants";
export { type ChartFrame, LiveChart, type LiveChartProps } from "./LiveChart";
export { TimeChart, type TimeChartProps } from "./TimeChart";
export type { ChartSeries } from "./timeOption";
export { useChart } from "./useChart";
