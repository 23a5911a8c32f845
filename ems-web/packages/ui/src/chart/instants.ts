/** A line over time; points are in order. */
export interface LineSeries {
  name: string;
  color: string;
  /** Instant [ms] and value. */
  points: readonly (readonly [number, number | null])[];
  /** Single marks instead of a line: readings that stand out. */
  dots?: boolean;
}

/** Index of the point nearest to an instant. */
function nearest(points: LineSeries["points"], timeMs: number): number {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) < timeMs) low = middle;
    else high = middle;
  }
  const before = Math.abs((points[low]?.[0] ?? 0) - timeMs);
  const after = Math.abs((points[high]?.[0] ?? 0) - timeMs);
  return before <= after ? low : high;
}

/** The value at an instant; null in a gap and where the series has none. */
export function valueAt(points: LineSeries["points"], timeMs: number): number | null {
  const i = nearest(points, timeMs);
  const own = points[i];
  if (!own) return null;
  const gaps = [points[i - 1], points[i + 1]].map((other) => (other ? Math.abs(other[0] - own[0]) : 0));
  const spacing = Math.min(...gaps.filter((gap) => gap > 0));
  return own[0] === timeMs || Math.abs(own[0] - timeMs) <= spacing ? own[1] : null;
}

/** The instant of any series nearest to one; null beside all of them. */
export function nearestInstant(series: readonly LineSeries[], timeMs: number): number | null {
  const found = series
    .map(({ points }) => points[nearest(points, timeMs)]?.[0])
    .filter((time) => time !== undefined);
  if (found.length === 0) return null;
  return found.reduce((best, time) => (Math.abs(time - timeMs) < Math.abs(best - timeMs) ? time : best));
}
