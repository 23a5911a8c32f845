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

/** Values of the tokens that series are drawn in, as `styles/tokens.css` has them: light and dark. */
export const SERIES_TOKENS: Readonly<Partial<Record<ColorToken, readonly [light: string, dark: string]>>> = {
  electricity: ["#e0a100", "#eab42e"],
  pv: ["#f2c94c", "#f6d365"],
  battery: ["#6f4bd8", "#9b80f0"],
  gas: ["#d9622b", "#ec8450"],
  heating: ["#c43d4b", "#e5717c"],
  cooling: ["#2b8cd9", "#5aaced"],
  water: ["#1fa3b8", "#48bfd2"],
  air: ["#7a8794", "#9aa7b3"],
  grid: ["#4a5a66", "#9fb0bc"],
  carbon: ["#5c7f3a", "#8fb366"],
  charger: ["#0f9d8a", "#3cc4b0"],
  building: ["#2f6fb0", "#6ea8e0"],
};

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

/** Colours of everything without a meaning of its own, in a fixed order; readable on both themes, and apart. */
const ORDERED = [
  "#2f6fb0",
  "#c2703d",
  "#4c9a6a",
  "#8b5fbf",
  "#99526d",
  "#19a0cb",
  "#8b752a",
  "#e65ba3",
  "#5b6a6a",
  "#a19718",
  "#422ac3",
  "#762d09",
  "#154733",
  "#7d087c",
  "#316a02",
  "#322d65",
];

const ORDERED_DARK = [
  "#6ea8e0",
  "#e09a6a",
  "#74c091",
  "#b08be0",
  "#b98693",
  "#4ad9f2",
  "#b4a914",
  "#ff94cf",
  "#bdbac4",
  "#aadb55",
  "#5470fb",
  "#965e05",
  "#0f897a",
  "#e21faa",
  "#fef245",
  "#e0f7f6",
];

/** How many things without a meaning of their own have a colour of their own. */
export const ORDERED_COLORS = ORDERED.length;

/** A CSS colour for a token. */
export function tokenColor(token: ColorToken): string {
  return `var(--${token})`;
}

/** The token of an energy category, by its name; none where it says nothing. */
export function categoryToken(name: string): ColorToken | undefined {
  return CATEGORY_WORDS.find(([pattern]) => pattern.test(name))?.[1];
}

/** The colour of an energy category, the same on every page. */
export function categoryColor(name: string, id: number, isDark: boolean): string {
  const token = categoryToken(name);
  return token ? tokenColor(token) : orderedColor(id, isDark);
}

/** Whether an energy category is electricity, by its name. */
export function isElectricity(name: string): boolean {
  return categoryToken(name) === "electricity";
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

/** Lightness and two axes of hue of a colour, as the eye measures them (OKLab, Ottosson 2020); 0 to 100. */
function perceived(hex: string): readonly [number, number, number] {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    100 * (0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s),
    100 * (1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s),
    100 * (0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s),
  ];
}

/** How far two colours `#rrggbb` look apart: below 5 hardly, above 9 plainly, black and white 100. */
export function colorDistance(one: string, other: string): number {
  const [a, b] = [perceived(one), perceived(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
