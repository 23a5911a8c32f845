import { categoryColor, orderedColor } from "@ems/ui";
import type { ReportSeries } from "./model";

/** Colours in a light and a dark theme. */
export type Colors = readonly [light: string, dark: string];

/** Colours without a meaning, tried in turn for a series whose own colour is taken. */
const SPARE = 10;

/**
 * Gives each series of a report a colour of its own, as far as there are enough.
 *
 * The first of a category keeps the category's colour; what would look the same takes the next free one.
 */
export function withColors(series: readonly ReportSeries[]): ReportSeries[] {
  const taken = new Set<string>();
  return series.map((one) => {
    const own = (isDark: boolean) => categoryColor(one.name, one.id, isDark);
    let colors: Colors = [own(false), own(true)];
    for (let step = 0; taken.has(colors[0]) && step < SPARE; step++) {
      colors = [orderedColor(one.id + step, false), orderedColor(one.id + step, true)];
    }
    taken.add(colors[0]);
    return { ...one, colors };
  });
}

/** The colour of a series in a theme. */
export function colorOf(series: Pick<ReportSeries, "id" | "name" | "colors">, isDark: boolean): string {
  return series.colors?.[isDark ? 1 : 0] ?? categoryColor(series.name, series.id, isDark);
}
