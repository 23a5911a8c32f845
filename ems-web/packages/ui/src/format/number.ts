/** Text for "no data": distinct from zero everywhere. */
export const NO_DATA = "–";

const LADDERS: readonly (readonly [string, number][])[] = [
  [
    ["Wh", 1],
    ["kWh", 1e3],
    ["MWh", 1e6],
    ["GWh", 1e9],
  ],
  [
    ["W", 1],
    ["kW", 1e3],
    ["MW", 1e6],
    ["GW", 1e9],
  ],
  [
    ["g CO₂e", 1],
    ["kg CO₂e", 1e3],
    ["t CO₂e", 1e6],
  ],
  [
    ["kg ce", 1],
    ["t ce", 1e3],
  ],
];

const SPELLINGS: Record<string, string> = {
  kgco2e: "kg CO₂e",
  tco2e: "t CO₂e",
  kgco2: "kg CO₂e",
  kgce: "kg ce",
  tce: "t ce",
  "m^3": "m³",
  m3: "m³",
  "m^2": "m²",
};

const CURRENCY = /^[A-Z]{3}$/;

/** "£" for "GBP"; null when the unit is no currency. */
export function currencySymbol(unit: string, locale: string): string | null {
  if (!CURRENCY.test(unit)) return null;
  const parts = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: unit,
    currencyDisplay: "narrowSymbol",
  }).formatToParts(0);
  return parts.find((part) => part.type === "currency")?.value ?? unit;
}

/** The spelling of a unit as shown. */
export function displayUnit(unit: string): string {
  return SPELLINGS[unit.toLowerCase()] ?? unit;
}

/** A unit to show numbers in, and what to divide by. */
export interface Scale {
  unit: string;
  divisor: number;
}

/** The unit of the same family in which `magnitude` reads best (below 10,000). */
export function scaleFor(magnitude: number, unit: string): Scale {
  const shown = displayUnit(unit);
  const ladder = LADDERS.find((steps) => steps.some(([name]) => name === shown));
  const own = ladder?.find(([name]) => name === shown);
  if (!ladder || !own || !Number.isFinite(magnitude)) return { unit: shown, divisor: 1 };
  const base = Math.abs(magnitude) * own[1];
  // Never below the unit given: 0.4 kWh stays kWh.
  const steps = ladder.filter(([, factor]) => factor >= own[1]);
  const best = steps.findLast(([, factor]) => base / factor >= 10) ?? own;
  const tight = base / own[1] < 10_000 ? own : best;
  return { unit: tight[0], divisor: tight[1] / own[1] };
}

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

/** Decimals below this part of a number are what arithmetic leaves, not what was measured. */
const NOISE_RATIO = 1e-9;

/**
 * Decimals of a number that has room for `most`: all of them when it was rounded, so that 872.04 reads "872.0" beside
 * "880.6"; none but its own when it is exact, so that a hundred is "100".
 */
function decimals(value: number, most: number): Intl.NumberFormatOptions {
  const isExact = isNear(Number(value.toFixed(most)), value);
  return { minimumFractionDigits: isExact ? 0 : most, maximumFractionDigits: most };
}

/** The same for a number below one, by the digits that say something. */
function significant(value: number, most: number): Intl.NumberFormatOptions {
  const isExact = isNear(Number(value.toPrecision(most)), value);
  return { minimumSignificantDigits: isExact ? 1 : most, maximumSignificantDigits: most };
}

function isNear(rounded: number, value: number): boolean {
  return Math.abs(rounded - value) <= Math.abs(value) * NOISE_RATIO;
}

/** A number with at most four significant digits, and no more decimals than help. */
export function formatNumber(value: number | null | undefined, locale: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_DATA;
  const size = Math.abs(value);
  if (size >= 1e7)
    return numberFormat(locale, { notation: "compact", maximumSignificantDigits: 4 }).format(value);
  // Ratios and prices below one keep their digits instead of becoming zero.
  if (size < 1) return numberFormat(locale, significant(value, 3)).format(value);
  const digits = size >= 1_000 ? 0 : size >= 100 ? 1 : 2;
  return numberFormat(locale, decimals(value, digits)).format(value);
}

/** The exact value as stored, up to six decimals; for hover and tables. */
export function formatExact(value: number | null | undefined, locale: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_DATA;
  return numberFormat(locale, { maximumFractionDigits: Math.abs(value) >= 1_000 ? 2 : 4 }).format(value);
}

type Value = number | null | undefined;

/**
 * How the numbers of a column are written: all with the same decimals, so that digits of one weight stand below each
 * other. `short` is for comparing at a glance, four digits or so; the other keeps what is worth adding up.
 */
export function columnFormat(
  values: readonly Value[],
  locale: string,
  precision: "exact" | "short" = "exact",
): (value: Value) => string {
  const known = values.filter((value): value is number => Number.isFinite(value));
  const most = known.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const steps = precision === "exact" ? EXACT_DIGITS : SHORT_DIGITS;
  const enough = steps.find(([from]) => most >= from)?.[1] ?? 0;
  const digits = known.every(Number.isInteger) ? 0 : enough;
  const format = numberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (value) => (Number.isFinite(value) ? format.format(value as number) : NO_DATA);
}

/** Decimals by the largest magnitude of a column. */
const EXACT_DIGITS = [
  [100, 2],
  [1, 3],
  [0, 4],
] as const;
const SHORT_DIGITS = [
  [1_000, 0],
  [100, 1],
  [1, 2],
  [0, 3],
] as const;

export interface Quantity {
  text: string;
  unit: string;
}

/** A value with the unit that fits it, or what it stands beside; money keeps its currency in front. */
export function formatQuantity(
  value: number | null | undefined,
  unit: string,
  locale: string,
  beside?: number | null,
): Quantity {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return { text: NO_DATA, unit: displayUnit(unit) };
  }
  if (CURRENCY.test(unit)) {
    const digits = Math.abs(value) >= 1_000 ? 0 : 2;
    const text = numberFormat(locale, {
      style: "currency",
      currency: unit,
      currencyDisplay: "narrowSymbol",
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value);
    return { text, unit: "" };
  }
  const scale = scaleFor(beside ?? value, unit);
  return { text: formatNumber(value / scale.divisor, locale), unit: scale.unit };
}

/** How the quantities of a ranking are written: all in the unit that fits the largest, with the same decimals. */
export function listFormat(values: readonly Value[], unit: string, locale: string): (value: Value) => string {
  const most = values.reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0);
  if (CURRENCY.test(unit)) {
    const digits = most >= 1_000 ? 0 : 2;
    return (value) => formatMoney(value, unit, locale, digits);
  }
  const scale = scaleFor(most, unit);
  const scaled = (value: Value) => (Number.isFinite(value) ? (value as number) / scale.divisor : null);
  const number = columnFormat(values.map(scaled), locale, "short");
  const tail = scale.unit ? `\u00a0${scale.unit}` : "";
  // A true zero is a plain one, whatever the decimals of the others.
  return (value) => {
    if (!Number.isFinite(value)) return NO_DATA;
    return `${value === 0 ? "0" : number(scaled(value))}${tail}`;
  };
}

/** An amount to the last penny, as on a bill, or with other decimals. */
export function formatMoney(
  value: number | null | undefined,
  currency: string,
  locale: string,
  digits?: number,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_DATA;
  if (!CURRENCY.test(currency)) return formatExact(value, locale);
  const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return numberFormat(locale, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    ...(digits === undefined ? {} : fixed),
  }).format(value);
}

/** The exact value with its unit, money to the penny; for hover. */
export function formatExactWithUnit(value: number | null | undefined, unit: string, locale: string): string {
  if (CURRENCY.test(unit)) return formatMoney(value, unit, locale);
  const text = formatExact(value, locale);
  return text === NO_DATA || unit === "" ? text : `${text}\u00a0${displayUnit(unit)}`;
}

/** A price for one unit, as on a bill: four decimals, since tariffs have them. */
export function formatUnitPrice(
  value: number | null | undefined,
  currency: string,
  unit: string,
  locale: string,
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_DATA;
  const digits = { minimumFractionDigits: 4, maximumFractionDigits: 4 };
  const money = CURRENCY.test(currency)
    ? { style: "currency", currency, currencyDisplay: "narrowSymbol", ...digits }
    : digits;
  return `${numberFormat(locale, money as Intl.NumberFormatOptions).format(value)}/${displayUnit(unit)}`;
}

/**
 * One text with value and unit, non-breaking.
 *
 * @param beside The value that it stands beside: both are told in one unit.
 */
export function formatWithUnit(
  value: number | null | undefined,
  unit: string,
  locale: string,
  beside?: number | null,
): string {
  const quantity = formatQuantity(value, unit, locale, beside);
  return quantity.unit ? `${quantity.text}\u00a0${quantity.unit}` : quantity.text;
}

/** A ratio as signed percent: +12.3 %. */
export function formatChange(ratio: number, locale: string): string {
  const digits = Math.abs(ratio) >= 1 ? 0 : 1;
  return numberFormat(locale, {
    style: "percent",
    signDisplay: "exceptZero",
    ...decimals(100 * ratio, digits),
  }).format(ratio);
}

/** Smaller ratios would read "0.0 %". */
const LEAST_PERCENT = 0.0005;

/** A ratio as percent without sign; what is little is not told as nothing. */
export function formatPercent(ratio: number | null | undefined, locale: string): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return NO_DATA;
  if (ratio !== 0 && Math.abs(ratio) < LEAST_PERCENT)
    return numberFormat(locale, { style: "percent", maximumSignificantDigits: 1 }).format(ratio);
  return numberFormat(locale, { style: "percent", maximumFractionDigits: ratio < 0.1 ? 1 : 0 }).format(ratio);
}
