import { type LiveMeter, useLiveMeters } from "./meters";

/** A meter whose newest value is older than this has fallen silent. */
export const SILENT_AFTER_MS = 5 * 60_000;

/** When a meter was last heard of [ms], or null. */
export function heardMs(meter: LiveMeter): number | null {
  const times = meter.points
    .map((point) => Date.parse(point.utc ?? ""))
    .filter((time) => !Number.isNaN(time));
  return times.length > 0 ? Math.max(...times) : null;
}

/** The meters below a space that sent nothing lately, beside all of them; null while they load. */
export function useSilentMeters(spaceId: number | null) {
  const query = useLiveMeters(spaceId);
  const meters = query.data ?? null;
  const silent = (meters ?? []).filter(
    (meter) => query.dataUpdatedAt - (heardMs(meter) ?? 0) > SILENT_AFTER_MS,
  );
  return { query, meters, silent };
}
