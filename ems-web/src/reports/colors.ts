import { type ColorToken, categoryColor, ORDERED_COLORS, orderedColor, tokenColor } from "@ems/ui";
import type { ReportSeries } from "./model";

/** Colours in a light and a dark theme. */
export type Colors = readonly [light: string, dark: string];

/**
 * Gives each series of a report a colour of its own, as far as there are enough.
 *
 * The first of a category keeps the category's colour; what would look the same takes the next free one.
 */
export function withColors<S extends Pick<ReportSeries, "id" | "name">>(
  series: readonly S[],
): (S & { colors: Colors })[] {
  const taken = new Set<string>();
  return series.map((one) => {
    const own = (isDark: boolean) => categoryColor(one.name, one.id, isDark);
    let colors: Colors = [own(false), own(true)];
    for (let step = 0; taken.has(colors[0]) && step < ORDERED_COLORS; step++) {
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

/** Words in names of points that tell what part of a plant they are of. */
const PARTS: readonly (readonly [RegExp, ColorToken])[] = [
  [/batter|storage|speicher|state of charge|ladezustand|\bsoc\b|电池|储能/i, "battery"],
  [/photovolt|solar|\bpv\b|inverter|wechselrichter|光伏|逆变/i, "pv"],
  [/charger|vehicle|\bev\b|ladepunkt|lades[äa]ule|fahrzeug|充电桩/i, "charger"],
  [/\bgrid|substation|netz|电网/i, "grid"],
  [/\bload|building|\blast|geb[äa]ude|负荷|建筑/i, "building"],
];

/** Colours of curves of one chart: the first of each part of a plant has the part's, the others have one each. */
export function curveColors(names: readonly string[], isDark: boolean): string[] {
  const taken = new Set<ColorToken>();
  return names.map((name, i) => {
    const token = PARTS.find(([pattern]) => pattern.test(name))?.[1];
    if (token === undefined || taken.has(token)) return orderedColor(i, isDark);
    taken.add(token);
    return tokenColor(token);
  });
}
