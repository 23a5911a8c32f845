import { displayUnit } from "@ems/ui";
import { type Json, number, numberRows, numbers, object, text, textRows, texts } from "./json";
import {
  type ChildBreakdown,
  type Figure,
  isKnown,
  type PartShare,
  PEAK_LEVELS,
  type PeakShare,
  type ReportModel,
  type ReportSeries,
} from "./model";

/** Turns an answer into the one shape; `entityMember` is the answer's member about the entity. */
export type Reader = (answer: Json, entityMember: string) => ReportModel;

const ESTIMATED_BIT = 1;
const CO2_UNIT = "kgCO2e";
const COAL_UNIT = "kgce";

function ratio(now: number | null, before: number | null): number | null {
  if (now === null || before === null || before <= 0) return null;
  return (now - before) / before;
}

function peaks(period: Json, index: number): PeakShare[] {
  return PEAK_LEVELS.map((level) => ({ level, value: numbers(period, `${level}s`)[index] ?? 0 })).filter(
    (share) => share.value > 0,
  );
}

function missingShare(period: Json): number | null {
  const known = numbers(period, "missing_shares").filter((share) => share !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

/** The shares of each category: a meter that people read is estimated in whole, which says nothing of the others. */
function partShares(period: Json, member: string): readonly PartShare[] {
  const names = texts(period, "names");
  const shares = numbers(period, member);
  if (names.length < 2) return [];
  return names.map((name, i) => ({ name, share: shares[i] ?? 0 }));
}

type Facts = Pick<ReportModel, "entityName" | "areaM2" | "occupants" | "quality">;

function entityFacts(answer: Json, member: string): Facts {
  const entity = object(answer, member);
  const doubts = object(answer, "data_quality");
  const period = object(answer, "reporting_period");
  return {
    quality: {
      parts: {
        missing: partShares(period, "missing_shares"),
        estimated: partShares(period, "estimated_shares"),
        incomplete: partShares(period, "incomplete_shares"),
      },
      estimated: number(doubts, "estimated_share"),
      incomplete: number(doubts, "incomplete_share"),
      provisional: number(doubts, "provisional_share"),
      missing: missingShare(period),
    },
    entityName: text(entity, "name"),
    areaM2: number(entity, "area"),
    occupants: number(entity, "number_of_occupants"),
  };
}

function estimated(period: Json, index: number): boolean[] {
  return (numberRows(period, "qualities")[index] ?? []).map((bits) => ((bits ?? 0) & ESTIMATED_BIT) !== 0);
}

function ids(period: Json): (number | null)[] {
  const items = numbers(period, "energy_item_ids");
  return items.length > 0 ? items : numbers(period, "energy_category_ids");
}

/** What the members of one kind of answer are called. */
interface Naming {
  values: string;
  total: string;
  change: string;
  /** Appended to the members about area and occupants, and to the totals. */
  suffix: string;
}

const PLAIN: Naming = { values: "values", total: "subtotals", change: "increment_rates", suffix: "" };

export const DIFFERENCE: Naming = {
  values: "values_saving",
  total: "subtotals_saving",
  change: "increment_rates_saving",
  suffix: "_saving",
};

/** A total; of values none of which is known it is not known either, where the API says 0. */
function totalOf(values: readonly (number | null)[], total: number | null | undefined): number | null {
  return isKnown(values) ? (total ?? null) : null;
}

/** What the base period says about the category of this name; it may hold other categories. */
function baseOf(
  base: Json,
  name: string,
  naming: Naming,
): Pick<ReportSeries, "baseStamps" | "baseValues" | "baseTotal"> {
  const at = texts(base, "names").indexOf(name);
  if (at < 0) return { baseStamps: [], baseValues: [], baseTotal: null };
  const baseValues = numberRows(base, naming.values)[at] ?? [];
  return {
    baseStamps: textRows(base, "timestamps")[at] ?? [],
    baseValues,
    baseTotal: totalOf(baseValues, numbers(base, naming.total)[at]),
  };
}

function categorySeries(base: Json, period: Json, naming: Naming): ReportSeries[] {
  const seriesIds = ids(period);
  return texts(period, "names").map((name, i) => {
    const before = baseOf(base, name, naming);
    const values = numberRows(period, naming.values)[i] ?? [];
    const total = totalOf(values, numbers(period, naming.total)[i]);
    return {
      id: seriesIds[i] ?? i + 1,
      name,
      unit: texts(period, "units")[i] ?? "",
      stamps: textRows(period, "timestamps")[i] ?? [],
      values,
      ...before,
      total,
      changeRatio: numbers(period, naming.change)[i] ?? ratio(total, before.baseTotal),
      perArea: numbers(period, `subtotals_per_unit_area${naming.suffix}`)[i] ?? null,
      perCapita: numbers(period, `subtotals_per_capita${naming.suffix}`)[i] ?? null,
      peaks: peaks(period, i),
      estimated: estimated(period, i),
      figures: [],
      second: null,
    };
  });
}

function total(period: Json, member: string, change: string, key: string, unit: string): Figure[] {
  const value = number(period, member);
  return value === null ? [] : [{ key, value, unit, changeRatio: number(period, change) }];
}

function totals(period: Json, suffix: string): Figure[] {
  return [
    ...total(period, "total", "total_increment_rate", "total", text(period, "total_unit")),
    ...total(period, `total_in_kgco2e${suffix}`, `increment_rate_in_kgco2e${suffix}`, "co2", CO2_UNIT),
    ...total(period, `total_in_kgce${suffix}`, `increment_rate_in_kgce${suffix}`, "coal", COAL_UNIT),
  ];
}

function children(answer: Json, suffix: string): ChildBreakdown[] {
  const child = object(answer, "child_space");
  const byCategory = texts(child, "energy_category_names");
  const names = byCategory.length > 0 ? byCategory : texts(child, "energy_item_names");
  const units = texts(child, "units");
  return names.map((seriesName, i) => ({
    seriesName,
    unit: units[i] ?? text(child, "total_unit"),
    items: (textRows(child, "child_space_names_array")[i] ?? []).map((name, c) => ({
      id: numberRows(child, "child_space_ids_array")[i]?.[c] ?? 0,
      name,
      value: numberRows(child, `subtotals${suffix}_array`)[i]?.[c] ?? null,
    })),
  }));
}

function workingDays(period: Json): ReportModel["workingDays"] {
  const working = number(period, "working_days_total");
  const nonWorking = number(period, "non_working_days_total");
  if (working === null || nonWorking === null || working <= 0 || nonWorking <= 0) return null;
  return { working, nonWorking, unit: texts(period, "units")[0] ?? "" };
}

/** Reports with parallel arrays per category or item. */
function readParallel(naming: Naming): Reader {
  return (answer, member) => {
    const period = object(answer, "reporting_period");
    const series = categorySeries(object(answer, "base_period"), period, naming);
    return {
      ...entityFacts(answer, member),
      series,
      isAdditive: true,
      totals: series.some((one) => one.total !== null) ? totals(period, naming.suffix) : [],
      children: children(answer, naming.suffix),
      workingDays: workingDays(period),
    };
  };
}

export const readCategories = readParallel(PLAIN);
export const readDifferences = readParallel(DIFFERENCE);

const LOAD_FIGURES = ["averages", "maximums"] as const;

/** The unit of how fast an amount is used: power for energy. */
function rateUnit(unit: string): string {
  return unit === "kWh" ? "kW" : `${unit}/h`;
}

/** The square of a unit. */
export function squareUnit(unit: string): string {
  return /[²³]$/.test(displayUnit(unit)) ? `(${displayUnit(unit)})²` : `${unit}²`;
}

/** Average and maximum power per bucket, and the load factor. */
export const readLoad: Reader = (answer, member) => {
  const period = object(answer, "reporting_period");
  const naming: Naming = {
    ...PLAIN,
    values: "sub_averages",
    total: "averages",
    change: "averages_increment_rate",
  };
  const series = categorySeries(object(answer, "base_period"), period, naming).map(
    (one, i): ReportSeries => ({
      ...one,
      unit: rateUnit(one.unit),
      perArea: null,
      perCapita: null,
      second: { name: "maximums", values: numberRows(period, "sub_maximums")[i] ?? [] },
      figures: [
        ...LOAD_FIGURES.map((key) => ({
          key,
          value: numbers(period, key)[i] ?? null,
          unit: rateUnit(one.unit),
          changeRatio: numbers(period, `${key}_increment_rate`)[i] ?? null,
          at: key === "maximums" ? texts(period, "maximum_timestamps")[i] : undefined,
        })),
        {
          key: "factors",
          value: numbers(period, "factors")[i] ?? null,
          unit: "",
          changeRatio: numbers(period, "factors_increment_rate")[i] ?? null,
        },
      ],
    }),
  );
  return {
    ...entityFacts(answer, member),
    series,
    isAdditive: false,
    totals: [],
    children: [],
    workingDays: null,
  };
};

const STATISTICS = ["means", "medians", "minimums", "maximums", "stdevs", "variances"] as const;

/** Mean, median and the other figures of the buckets. */
export const readStatistics: Reader = (answer, member) => {
  const period = object(answer, "reporting_period");
  const series = categorySeries(object(answer, "base_period"), period, PLAIN).map(
    (one, i): ReportSeries => ({
      ...one,
      perArea: null,
      perCapita: null,
      figures: STATISTICS.map((key) => ({
        key,
        value: numbers(period, key)[i] ?? null,
        unit: key === "variances" ? squareUnit(one.unit) : one.unit,
        changeRatio: numbers(period, `${key}_increment_rate`)[i] ?? null,
      })),
    }),
  );
  return {
    ...entityFacts(answer, member),
    series,
    isAdditive: false,
    totals: [],
    children: [],
    workingDays: null,
  };
};

/** Output per input, per bucket and over the whole period. */
export const readEfficiency: Reader = (answer, member) => {
  const period = object(answer, "reporting_period_efficiency");
  const naming: Naming = { ...PLAIN, total: "cumulations" };
  return {
    ...entityFacts(answer, member),
    series: categorySeries(object(answer, "base_period_efficiency"), period, naming),
    isAdditive: false,
    totals: [],
    children: [],
    workingDays: null,
  };
};

/** Reports of one meter: single arrays instead of parallel ones. */
export const readMeter: Reader = (answer, member) => {
  const meter = object(answer, member);
  const base = object(answer, "base_period");
  const period = object(answer, "reporting_period");
  const suffix = period.values_saving === undefined ? "" : "_saving";
  const values = numbers(period, `values${suffix}`);
  const baseValues = numbers(base, `values${suffix}`);
  const series: ReportSeries = {
    id: number(meter, "energy_category_id") ?? 1,
    name: text(meter, "energy_category_name"),
    unit: text(meter, "unit_of_measure"),
    stamps: texts(period, "timestamps"),
    values,
    baseStamps: texts(base, "timestamps"),
    baseValues,
    total: totalOf(values, number(period, `total_in_category${suffix}`)),
    baseTotal: totalOf(baseValues, number(base, `total_in_category${suffix}`)),
    changeRatio: number(period, `increment_rate${suffix}`),
    perArea: null,
    perCapita: null,
    peaks: PEAK_LEVELS.map((level) => ({ level, value: number(period, level) ?? 0 })).filter(
      (s) => s.value > 0,
    ),
    estimated: numbers(period, "qualities").map((bits) => ((bits ?? 0) & ESTIMATED_BIT) !== 0),
    figures: [],
    second: null,
  };
  const hasCo2 = suffix === "" && series.total !== null && series.unit !== CO2_UNIT;
  return {
    ...entityFacts(answer, member),
    series: [series],
    isAdditive: true,
    totals: hasCo2
      ? [
          { key: "co2", value: number(period, "total_in_kgco2e"), unit: CO2_UNIT, changeRatio: null },
          { key: "coal", value: number(period, "total_in_kgce"), unit: COAL_UNIT, changeRatio: null },
        ]
      : [],
    children: [],
    workingDays: null,
  };
};
