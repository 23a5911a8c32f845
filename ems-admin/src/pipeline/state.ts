import { api } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import type { Told } from "./findings";

/** Why a stage has work, by kind of entity and reason. */
export interface OpenReason {
  kind: string;
  entity_kind: string;
  reason: string;
  windows: number;
  from: string | null;
  to: string | null;
  since: string;
}

export interface Stage {
  name: string;
  state: "working" | "ready" | "away";
  instance: string | null;
  step: string | null;
  done_ratio: number | null;
  remaining_s: number | null;
  watermark: string | null;
  dirty_windows: number;
  open: readonly OpenReason[];
  last_pass: {
    ended: string;
    seconds: number | null;
    summary: Readonly<Record<string, unknown>> | null;
  } | null;
}

export interface Finding extends Told {
  stage: string;
  kind: string;
  entity: { kind: string; id: number } | null;
  since: string;
}

export interface Pipeline {
  stages: readonly Stage[];
  slot_minutes: number;
  provisional_slots: number;
  findings: readonly Finding[];
}

export interface Source {
  id: number;
  name: string;
  last_seen_datetime: string | null;
}

export interface Edge {
  state: string;
  devices: readonly { id: string; name: string; is_well: boolean; reason: string }[];
}

const REFRESH_MS = 5_000;
const SLOW_REFRESH_MS = 15_000;
const MINUTE_MS = 60_000;

export type Health = "current" | "working" | "behind" | "away";

/** Fresh readings keep every stage at work; only this much of it is worth a word. */
const WORTH_TELLING_S = 60;
const OLD_MS = 3 * MINUTE_MS;

export interface Verdict {
  health: Health;
  /** The stage that is the cause, when there is one. */
  stage: string;
  /** Up to when all figures are made; null when there are none yet. */
  through: string | null;
  remainingS: number | null;
}

/** Readings come late and passes take their time; less than this beyond two slots is no lag. */
const GRACE_MS = 15 * MINUTE_MS;
/** A source that was not seen for longer is silent. */
export const SILENT_MS = 10 * MINUTE_MS;

function earliest(stages: readonly Stage[]): string | null {
  const ends = stages.map((stage) => stage.watermark).filter((end): end is string => end !== null);
  return ends.reduce<string | null>(
    (least, end) => (least === null || Date.parse(end) < Date.parse(least) ? end : least),
    null,
  );
}

/** An instant, but none later than now: a slot that is running ends in the future. */
export function upToNow(instant: string | null, nowMs: number): string | null {
  return instant !== null && Date.parse(instant) > nowMs ? new Date(nowMs).toISOString() : instant;
}

/** Whether what is open is more than the last readings. */
function isBacklog(stage: Stage, nowMs: number): boolean {
  const waits = stage.open.some((reason) => nowMs - Date.parse(reason.since) > OLD_MS);
  return stage.dirty_windows > 0 && (waits || (stage.remaining_s ?? 0) > WORTH_TELLING_S);
}

/** Whether the figures on the dashboards are current, and if not, why. */
export function judge(pipeline: Pipeline, nowMs: number): Verdict {
  const made = pipeline.stages.filter((stage) => stage.name !== "cleaning");
  const end = earliest(made);
  const through = upToNow(end, nowMs);
  const away = pipeline.stages.find((stage) => stage.state === "away");
  if (away) return { health: "away", stage: away.name, through, remainingS: null };
  const lagMs = end === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(end);
  const isBehind = lagMs > 2 * pipeline.slot_minutes * MINUTE_MS + GRACE_MS;
  const working = pipeline.stages.find(
    (stage) => stage.state === "working" && (isBehind || isBacklog(stage, nowMs)),
  );
  if (working) {
    const remainingS = pipeline.stages.reduce((sum, stage) => sum + (stage.remaining_s ?? 0), 0);
    return { health: "working", stage: working.name, through, remainingS: remainingS || null };
  }
  if (isBehind) {
    const last = made.find((stage) => stage.watermark === end);
    return { health: "behind", stage: last?.name ?? "", through, remainingS: null };
  }
  return { health: "current", stage: "", through, remainingS: null };
}

export const PIPELINE_KEY = ["pipeline"] as const;

/** What the stages do, renewed every few seconds. */
export function usePipeline() {
  return useQuery({
    queryKey: PIPELINE_KEY,
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => api.get<Pipeline>("/v1/pipeline", { signal }),
  });
}

/** When each data source was heard of last. */
export function useSources() {
  return useQuery({
    queryKey: ["pipeline-sources"],
    refetchInterval: SLOW_REFRESH_MS,
    queryFn: ({ signal }) =>
      api.get<Source[]>("/v1/datasources", { query: { fields: "id,name,last_seen_datetime" }, signal }),
  });
}

/** The control loop, where there is one. */
export function useEdge() {
  return useQuery({
    queryKey: ["pipeline-edge"],
    refetchInterval: SLOW_REFRESH_MS,
    retry: false,
    queryFn: ({ signal }) => api.get<Edge>("/v1/edge/state", { signal }),
  });
}
