/** Names of the colour tokens with a meaning of their own. */
export type ColorToken =
  | "electricity"
  | "pv"
  | "battery"
  | "gas"
  | "heating"
  | "cooling"
  | "water"
  | "air"
  | "grid"
  | "carbon"
  | "charger"
  | "building"
  | "accent"
  | "good"
  | "warning-mark"
  | "critical"
  | "stale"
  | "ink"
  | "ink-2"
  | "ink-3"
  | "line"
  | "card"
  | "sunken";

/** Words in names of energy categories, most specific first. */
const CATEGORY_WORDS: readonly (readonly [RegExp, ColorToken])[] = [
  [/photovolt|solar|\bpv\b|光伏|太阳能/i, "pv"],
  [/batter|storage|speicher|储能|电池/i, "battery"],
  [/charg|lade|充电/i, "charger"],
  [/compressed|druckluft|压缩空气/i, "air"],
  [/cool|chill|k[äa]lte|冷/i, "cooling"],
  [/heat|steam|w[äa]rme|dampf|热|蒸汽/i, "heating"],
  [/gas|燃气|天然气/i, "gas"],
  [/water|wasser|水/i, "water"],
  [/carbon|co2|碳/i, "carbon"],
  [/electric|power|strom|elektri|电/i, "electricity"],
];

/** Colours of everything without a meaning of its own, in a fixed order; readable on both themes. */
const ORDERED = [
  "#2f6fb0",
  "#c2703d",
  "#4c9a6a",
  "#8b5fbf",
  "#b8484f",
  "#3a9aa5",
  "#a08a2e",
  "#c25f93",
  "#5f7d8c",
  "#7a9a3a",
  "#3d3a9c",
  "#6e4a2f",
  "#1c5a4a",
  "#8a2463",
  "#5c5f14",
  "#2b3f55",
];

const ORDERED_DARK = [
  "#6ea8e0",
  "#e09a6a",
  "#74c091",
  "#b08be0",
  "#e07a80",
  "#66c2cc",
  "#cbb65a",
  "#e08bb6",
  "#93aebb",
  "#a5c466",
  "#7d7ff2",
  "#9c6b3f",
  "#2f9e8f",
  "#d657b8",
  "#f5d84a",
  "#d3dde3",
];

/** How many things without a meaning of their own have a colour of their own. */
export const ORDERED_COLORS = ORDERED.length;

/** A CSS colour for a token. */
export function tokenColor(token: ColorToken): string {
  return `var(--${token})`;
}

/** The colour of an energy category, the same on every page. */
export function categoryColor(name: string, id: number, isDark: boolean): string {
  const word = CATEGORY_WORDS.find(([pattern]) => pattern.test(name));
  if (word) return tokenColor(word[1]);
  return orderedColor(id, isDark);
}

/** Whether an energy category is electricity, by its name. */
export function isElectricity(name: string): boolean {
  return CATEGORY_WORDS.find(([pattern]) => pattern.test(name))?.[1] === "electricity";
}

/** The colour of the `index`th thing without a meaning of its own. */
export function orderedColor(index: number, isDark: boolean): string {
  const palette = isDark ? ORDERED_DARK : ORDERED;
  return palette[Math.abs(index) % palette.length] ?? "#5f7d8c";
}

/** The value behind `var(--x)`, for canvases that know no variables. */
export function resolveColor(color: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(color)?.[1];
  if (!name) return color;
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888888";
}
