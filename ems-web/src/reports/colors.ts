import {
  type ColorToken,
  categoryColor,
  categoryToken,
  colorDistance,
  ORDERED_COLORS,
  orderedColor,
  SERIES_TOKENS,
  tokenColor,
} from "@ems/ui";
import type { ReportSeries } from "./model";

/** Colours in a light and a dark theme. */
export type Colors = readonly [light: string, dark: string];

/** Colours of one chart are at least so far apart, as long as there are such: neighbours are told from each other. */
const APART = 9;

/** The value `#rrggbb` of a colour that may be a token's. */
function hexOf(color: string, theme: 0 | 1): string {
  const token = /^var\(--([\w-]+)\)$/.exec(color)?.[1];
  return SERIES_TOKENS[token as ColorToken]?.[theme] ?? color;
}

/** How far a colour is from the nearest of others, in the theme in which it is less. */
function nearest(color: Colors, others: readonly Colors[]): number {
  const distances = others.flatMap((other) =>
    ([0, 1] as const).map((theme) => colorDistance(hexOf(color[theme], theme), hexOf(other[theme], theme))),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...distances);
}

/** The first of some colours that is told from all others of a chart, else the one that is told best. */
function toldApart(wanted: readonly Colors[], taken: readonly Colors[]): Colors {
  const apart = wanted.map((colors) => ({ colors, distance: nearest(colors, taken) }));
  const best = apart.reduce((a, b) => (b.distance > a.distance ? b : a));
  return (apart.find(({ distance }) => distance >= APART) ?? best).colors;
}

/** All colours of things without a meaning of their own, from the `index`th on. */
function orderedFrom(index: number): Colors[] {
  return Array.from({ length: ORDERED_COLORS }, (_, step) => [
    orderedColor(index + step, false),
    orderedColor(index + step, true),
  ]);
}

/** Colours of things of one chart: the first of a meaning has that meaning's, all others are told apart from it. */
function colorsOf(things: readonly { token: ColorToken | undefined; index: number }[]): Colors[] {
  const parts = new Set<ColorToken>();
  const tokens = things.map(({ token }) => {
    if (token === undefined || parts.has(token)) return undefined;
    parts.add(token);
    return token;
  });
  const taken: Colors[] = [...parts].map((token) => [tokenColor(token), tokenColor(token)]);
  return things.map(({ index }, i) => {
    const token = tokens[i];
    if (token) return [tokenColor(token), tokenColor(token)];
    const colors = toldApart(orderedFrom(index), taken);
    taken.push(colors);
    return colors;
  });
}

/**
 * Gives each series of a report a colour of its own, as far as there are enough.
 *
 * The first of a category keeps the category's colour; what would look much the same takes the next that does not.
 */
export function withColors<S extends Pick<ReportSeries, "id" | "name">>(
  series: readonly S[],
): (S & { colors: Colors })[] {
  const colors = colorsOf(series.map(({ id, name }) => ({ token: categoryToken(name), index: id })));
  return series.map((one, i) => ({ ...one, colors: colors[i] ?? ["#5f7d8c", "#5f7d8c"] }));
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
  const tokens = names.map((name) => PARTS.find(([pattern]) => pattern.test(name))?.[1]);
  return colorsOf(tokens.map((token, index) => ({ token, index }))).map((pair) => pair[isDark ? 1 : 0]);
}
