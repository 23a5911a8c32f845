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

/** Between a device and what is measured of it, in names of the API. */
const DASH = " - ";
const WITH_UNIT = /^(.*?)\s*\(([^()]*)\)$/;

/** Parallel lists of names, times and values; the API writes the unit behind the name in brackets. */
export function readCurves(answer: Json): Curve[] {
  const stamps = textRows(answer, "timestamps");
  const values = numberRows(answer, "values");
  return texts(answer, "names")
    .map((title, i) => {
      const found = WITH_UNIT.exec(title);
      return {
        name: (found?.[1] ?? title).replaceAll(DASH, " · "),
        unit: found?.[2] ?? "",
        stamps: stamps[i] ?? [],
        values: values[i] ?? [],
      };
    })
    .filter((curve) => curve.values.length > 0);
}

export interface CurveGroup {
  key: string;
  unit: string;
  curves: readonly Curve[];
}

/** Beside values so many times as large, a curve is a line at zero. */
const DWARFED = 1000;

function largest(curve: Curve): number {
  return curve.values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
}

/** Curves of one unit, those that others would dwarf by themselves: a register beside what was counted today. */
function bySize(curves: readonly Curve[]): (readonly Curve[])[] {
  const sizes = new Map(curves.map((curve) => [curve, largest(curve)]));
  const most = Math.max(...sizes.values());
  const isSmall = (curve: Curve) => (sizes.get(curve) ?? 0) * DWARFED < most;
  const small = curves.filter(isSmall);
  if (small.length === 0) return [curves];
  // Nothing but zeros has no size of its own.
  const hasSize = small.some((curve) => (sizes.get(curve) ?? 0) > 0);
  return hasSize ? [curves.filter((curve) => !isSmall(curve)), ...bySize(small)] : [curves];
}

/** Curves that can share an axis: those of one unit, and of a size that can be seen beside the others. */
export function groupCurves(curves: readonly Curve[]): CurveGroup[] {
  const units = [...new Set(curves.map((curve) => curve.unit))];
  return units.flatMap((unit) =>
    bySize(curves.filter((curve) => curve.unit === unit)).map((some, i) => ({
      key: `${unit} ${i}`,
      unit,
      curves: some,
    })),
  );
}

type CurvePoint = readonly [timeMs: number, value: number | null];

const NEIGHBOURS = 5;
/** Many times the pace of the readings around: nothing was read there. */
const GAP_RATIO = 6;
const LEAST_GAP_MS = 15 * 60_000;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The points with an empty one in every gap: a line across it would tell of values that nobody read. */
export function withGaps(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const paces = points.slice(1).map(([timeMs], i) => timeMs - (points[i]?.[0] ?? timeMs));
  return points.flatMap((point, i) => {
    const pace = paces[i - 1] ?? 0;
    if (pace < LEAST_GAP_MS) return [point];
    const before = median(paces.slice(Math.max(0, i - 1 - NEIGHBOURS), i - 1));
    const after = median(paces.slice(i, i + NEIGHBOURS));
    const usual = Math.max(before, after);
    return usual > 0 && pace > GAP_RATIO * usual ? [[point[0] - pace / 2, null], point] : [point];
  });
}

/** Points of a chart: local time [ms as a UTC clock would show it] and value. */
export function pointsOf(curve: Curve): readonly CurvePoint[] {
  return withGaps(curve.stamps.map((stamp, i) => [parseLocal(stamp), curve.values[i] ?? null] as const));
}
