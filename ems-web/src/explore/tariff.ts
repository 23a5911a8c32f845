import { api, DAY, parseLocal } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { findEntity } from "../reports/declarations";
import { PEAK_LEVELS, type PeakLevel } from "../reports/model";
import type { Line } from "./data";
import type { Token } from "./tokens";

interface Slot {
  start_time_of_day: string;
  end_time_of_day: string;
  peak_type: string;
  price: number;
}

interface Tariff {
  id: number;
  name: string;
  valid_from: string;
  valid_through: string;
  energy_category: { id: number; name: string };
  timeofuse: readonly Slot[];
}

const STALE_MS = 5 * 60_000;

function secondsOf(time: string): number {
  const [hour = 0, minute = 0, second = 0] = time.split(":").map(Number);
  return hour * 3_600 + minute * 60 + second;
}

/** Level and price of a tariff at a local time. */
export function slotAt(slots: readonly Slot[], stamp: string): Slot | undefined {
  const second = (((parseLocal(stamp) % DAY) + DAY) % DAY) / 1_000;
  return slots.find(
    (slot) => secondsOf(slot.start_time_of_day) <= second && second <= secondsOf(slot.end_time_of_day),
  );
}

export function levelOf(slot: Slot | undefined): PeakLevel | "" {
  return PEAK_LEVELS.find((level) => level === slot?.peak_type) ?? "";
}

async function readTariff(token: Token, signal: AbortSignal, stamp: string): Promise<Tariff | null> {
  if (token.kind === "point") return null;
  const collection = token.entity === "space" ? "spaces" : (findEntity(token.entity)?.collection ?? "");
  const owner = await api.get<{ cost_center: { id: number } | null }>(`/v1/${collection}/${token.id}`, {
    signal,
  });
  if (!owner.cost_center) return null;
  const listed = await api.get<readonly { id: number }[]>(`/v1/costcenters/${owner.cost_center.id}/tariffs`, {
    signal,
  });
  const tariffs = await Promise.all(listed.map(({ id }) => api.get<Tariff>(`/v1/tariffs/${id}`, { signal })));
  const isValid = (tariff: Tariff) =>
    tariff.valid_from.slice(0, 19) <= stamp && stamp <= tariff.valid_through.slice(0, 19);
  const valid = tariffs.filter(isValid);
  return valid.find((tariff) => tariff.energy_category.id === token.category) ?? valid[0] ?? null;
}

/** The tariff in force for a series at the begin of the period; null when it has none. */
export function useTariff(line: Line | undefined, isWanted: boolean) {
  const stamp = line?.stamps[0] ?? "";
  return useQuery({
    queryKey: ["tariff", line?.key, stamp.slice(0, 10)],
    enabled: isWanted && line !== undefined && line.token.kind === "use",
    staleTime: STALE_MS,
    queryFn: ({ signal }) => (line ? readTariff(line.token, signal, stamp) : null),
  }).data;
}
