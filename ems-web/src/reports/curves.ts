import { parseLocal } from "@ems/ui";
import { type Json, numberRows, textRows, texts } from "./json";

/** Readings of a point over time, at instants of its own. */
export interface Curve {
  name: string;
  unit: string;
  /** Local times of the site. */
  stamps: readonly string[];
  values: readonly (number | null)[];
}

const WITH_UNIT = /^(.*?)\s*\(([^()]*)\)$/;

/** Parallel lists of names, times and values; the API writes the unit behind the name in brackets. */
export function readCurves(answer: Json): Curve[] {
  const stamps = textRows(answer, "timestamps");
  const values = numberRows(answer, "values");
  return texts(answer, "names")
    .map((title, i) => {
      const found = WITH_UNIT.exec(title);
      return {
        name: found?.[1] ?? title,
        unit: found?.[2] ?? "",
        stamps: stamps[i] ?? [],
        values: values[i] ?? [],
      };
    })
    .filter((curve) => curve.values.length > 0);
}

export interface CurveGroup {
  unit: string;
  curves: readonly Curve[];
}

/** Curves that can share an axis: those of one unit. */
export function groupCurves(curves: readonly Curve[]): CurveGroup[] {
  const units = [...new Set(curves.map((curve) => curve.unit))];
  return units.map((unit) => ({ unit, curves: curves.filter((curve) => curve.unit === unit) }));
}

/** Points of a chart: local time [ms as a UTC clock would show it] and value. */
export function pointsOf(curve: Curve): (readonly [number, number | null])[] {
  return curve.stamps.map((stamp, i) => [parseLocal(stamp), curve.values[i] ?? null] as const);
}
