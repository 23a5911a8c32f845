/** The parts of ECharts in use; everything else stays out of the bundle. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridSimpleComponent, MarkAreaComponent, MarkLineComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  BarChart,
  LineChart,
  // Without the library's own cursor: see cursor.ts.
  GridSimpleComponent,
  MarkAreaComponent,
  MarkLineComponent,
  AriaComponent,
  CanvasRenderer,
]);

export { echarts };
