import { DAY, HOUR, nextBucket, parseLocal, type Step, startOf } from "@ems/ui";

/** Values from the highest to the lowest, each with the share of the time in which it was reached [%]. */
export function durationCurve(values: readonly (number | null)[]): [number, number][] {
  const known = values.filter((value) => value !== null).sort((a, b) => b - a);
  return known.map((value, i) => [((i + 0.5) / known.length) * 100, value]);
}

export interface HeatCell {
  /** Index of the day. */
  day: number;
  /** Hour of the day, from 0. */
  hour: number;
  value: number;
  isEstimated: boolean;
}

export interface Heat {
  /** Local times at which the days begin. */
  days: readonly number[];
  cells: readonly HeatCell[];
}

/** Hours by day; the hour that a clock change doubles has the mean of both. */
export function heatMap(
  stamps: readonly string[],
  values: readonly (number | null)[],
  estimated: readonly boolean[],
): Heat {
  const times = stamps.map(parseLocal);
  const first = startOf("day", times[0] ?? 0);
  const last = startOf("day", times.at(-1) ?? 0);
  const days = Array.from({ length: Math.round((last - first) / DAY) + 1 }, (_, i) => first + i * DAY);
  const found = new Map<number, { sum: number; count: number; isEstimated: boolean }>();
  times.forEach((time, i) => {
    const value = values[i];
    if (value === null || value === undefined) return;
    const slot = Math.floor((time - first) / HOUR);
    const cell = found.get(slot) ?? { sum: 0, count: 0, isEstimated: false };
    cell.sum += value;
    cell.count += 1;
    cell.isEstimated ||= estimated[i] === true;
    found.set(slot, cell);
  });
  return {
    days,
    cells: [...found].map(([slot, cell]) => ({
      day: Math.floor(slot / 24),
      hour: slot % 24,
      value: cell.sum / cell.count,
      isEstimated: cell.isEstimated,
    })),
  };
}

export interface Fit {
  /** Change of y for one unit of x. */
  slope: number;
  intercept: number;
  /** Share of the variance that the line explains. */
  r2: number;
}

/** The straight line of least squares; null when there is none. */
export function fitLine(points: readonly (readonly [number, number])[]): Fit | null {
  const n = points.length;
  if (n < 3) return null;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  if (xx === 0 || yy === 0) return null;
  const slope = xy / xx;
  return { slope, intercept: meanY - slope * meanX, r2: (xy * xy) / (xx * yy) };
}

/** Pairs of values of the same bucket; buckets that lack one are left out. */
export function pairs(
  xs: readonly (number | null)[],
  ys: readonly (number | null)[],
): { index: number; x: number; y: number }[] {
  return xs.flatMap((x, index) => {
    const y = ys[index] ?? null;
    return x === null || y === null ? [] : [{ index, x, y }];
  });
}

/** Stretches of the same word, ends included; the empty word is no stretch. */
export function stretches(words: readonly string[]): { word: string; from: number; to: number }[] {
  const found: { word: string; from: number; to: number }[] = [];
  words.forEach((word, i) => {
    const last = found.at(-1);
    if (word === "") return;
    if (last && last.word === word && last.to === i - 1) last.to = i;
    else found.push({ word, from: i, to: i });
  });
  return found;
}

/**
 * What is doubtful about each bucket of several series: it is still running, lacks a value, or is estimated.
 *
 * In longer buckets than hours a single estimated hour would mark them all; the table tells of it there.
 */
export function doubts(
  lists: readonly { values: readonly (number | null)[]; estimated: readonly boolean[] }[],
  stamps: readonly string[],
  step: Step,
  now: number,
): string[] {
  return stamps.map((stamp, i) => {
    const start = parseLocal(stamp);
    // What lies ahead is not missing.
    if (start >= now) return "";
    if (nextBucket(start, step) > now) return "running";
    if (lists.some((list) => (list.values[i] ?? null) === null)) return "missing";
    return step === "hourly" && lists.some((list) => list.estimated[i]) ? "estimated" : "";
  });
}
