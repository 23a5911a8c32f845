import type { ChartSeries } from "@ems/ui/chart";
import { colorOf } from "./colors";
import { type ReportSeries, sumBuckets } from "./model";

/** Bars thinner than a pixel say nothing; more buckets become a line. */
const MOST_BARS = 800;

interface ToChartOptions {
  isDark: boolean;
  kind: "bar" | "line";
  baseName: string;
  secondName: (name: string) => string;
}

/** The series of one unit as stacked bars or lines, the comparison as one thin line. */
export function toChartSeries(shown: readonly ReportSeries[], options: ToChartOptions): ChartSeries[] {
  const { isDark } = options;
  const buckets = shown[0]?.stamps.length ?? 0;
  const kind = buckets > MOST_BARS ? "line" : options.kind;
  const out: ChartSeries[] = [];
  for (const series of shown) {
    const color = colorOf(series, isDark);
    const isStacked = kind === "bar" && shown.length > 1;
    out.push({
      name: series.name,
      unit: series.unit,
      color,
      values: series.values,
      kind,
      stack: isStacked ? "all" : undefined,
      estimated: series.estimated,
      area: kind === "line" && series.second === null,
    });
    if (series.second) {
      out.push({
        name: options.secondName(series.second.name),
        unit: series.unit,
        color: "var(--ink-2)",
        values: series.second.values,
        kind: "line",
      });
    }
  }
  const bases = shown.filter((series) => series.baseValues.length > 0);
  const first = bases[0];
  if (first) {
    out.push({
      name: options.baseName,
      unit: first.unit,
      color: "var(--ink-2)",
      values: sumBuckets(bases.map((series) => series.baseValues)),
      kind: "line",
      role: "base",
      ownStamps: first.baseStamps,
    });
  }
  return out;
}
