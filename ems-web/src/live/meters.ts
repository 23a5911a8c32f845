import { ApiError, api } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useMayOpen } from "../state/rights";
import { LIVE_METERS_PATH } from "./paths";

interface Named {
  id: number;
  name: string;
}

export interface MeterPoint extends Named {
  units: string;
  object_type: string;
  value: number | null;
  utc: string | null;
}

interface LiveMeterAnswer extends Named {
  energy_category: Named | null;
  space: Named | null;
  points: MeterPoint[];
  trend?: { utc: string[]; energy_kwh: (number | null)[] };
}

/** A meter with the points that a list shows. */
export interface LiveMeter extends Named {
  energy_category: Named | null;
  space: Named | null;
  power: MeterPoint | undefined;
  energy: MeterPoint | undefined;
  points: readonly MeterPoint[];
  trend: readonly (number | null)[];
}

const POWER_UNITS = new Set(["W", "kW", "MW", "m³/h", "m3/h", "l/h"]);

const HOUR_MS = 3_600_000;

/** Hours that are over: one that has just begun would look like a fall. */
export function closedHours(
  { utc, energy_kwh }: { utc: string[]; energy_kwh: (number | null)[] },
  nowMs: number,
) {
  return energy_kwh.filter((_, i) => Date.parse(utc[i] ?? "") + HOUR_MS <= nowMs);
}

function toLiveMeter(answer: LiveMeterAnswer): LiveMeter {
  return {
    id: answer.id,
    name: answer.name,
    energy_category: answer.energy_category,
    space: answer.space,
    power: answer.points.find((p) => p.object_type === "ANALOG_VALUE" && POWER_UNITS.has(p.units)),
    energy: answer.points.find((p) => p.object_type === "ENERGY_VALUE"),
    points: answer.points,
    trend: answer.trend ? closedHours(answer.trend, Date.now()) : [],
  };
}

interface PlainMeter extends Named {
  energy_category: Named | null;
}

/** The contract's list has no values; the page then shows names only. */
async function plainMeters(spaceId: number, signal: AbortSignal): Promise<LiveMeter[]> {
  const meters = await api.get<PlainMeter[]>(`/v1/spaces/${spaceId}/meters`, { signal });
  return meters.map((meter) => ({
    ...meter,
    space: null,
    power: undefined,
    energy: undefined,
    points: [],
    trend: [],
  }));
}

const REFRESH_MS = 60_000;

/** The meters below a space with their newest values; the stream keeps the values fresh. */
export function useLiveMeters(spaceId: number | null) {
  const mayOpen = useMayOpen();
  return useQuery({
    queryKey: ["meters", "live", spaceId],
    enabled: spaceId !== null && mayOpen("/meters"),
    refetchInterval: REFRESH_MS,
    queryFn: async ({ signal }): Promise<LiveMeter[]> => {
      try {
        const answer = await api.get<LiveMeterAnswer[]>(LIVE_METERS_PATH, {
          query: { spaceid: spaceId },
          signal,
        });
        return answer.map(toLiveMeter);
      } catch (error) {
        if (error instanceof ApiError && error.kind === "unsupported")
          return plainMeters(spaceId ?? 0, signal);
        throw error;
      }
    },
  });
}
