import { ApiError, api } from "@ems/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay, useMe } from "../state/me";

export type ChannelValue = number | boolean | string | null;

/** A controller of the loop, in the order in which they decide. */
export interface Controller {
  id: string;
  type: string;
  priority: number;
  enabled: boolean;
  failure: string | null;
  warnings: readonly string[];
  channels: Readonly<Record<string, ChannelValue>>;
}

export interface EdgeDevice {
  id: string;
  name: string;
  is_well: boolean;
  reason: string;
  age_s: number | null;
  latency_ms: number | null;
  failures: number;
}

export interface Transition {
  utc: string;
  from: string;
  to: string;
  reason: string;
}

/** What the control loop tells of itself. */
export interface EdgeState {
  state: string;
  controllers: readonly Controller[];
  devices: readonly EdgeDevice[];
  transitions: readonly Transition[];
  set_point_w: number | null;
}

const REFRESH_MS = 3_000;
const KEY = ["edge", "state"] as const;

/** Whether the caller may see inside the loop: it belongs to the site as a whole. */
export function useMaySeeLoop(): boolean {
  const seesSite = useMe().data?.whole_site === true;
  return useMay("control", "read") && seesSite;
}

/** The state of the loop, for those who may see it. */
export function useEdgeState() {
  const maySee = useMaySeeLoop();
  return useQuery({
    queryKey: KEY,
    enabled: maySee,
    refetchInterval: REFRESH_MS,
    retry: (count, error) => count < 2 && !(error instanceof ApiError && error.kind === "unsupported"),
    queryFn: ({ signal }) => api.get<EdgeState>("/v1/edge/state", { signal }),
  });
}

/** Sentences of the loop about its own state, each with the key of its text; named groups fill the text. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^first complete, fresh image$/, "complete"],
  [/^everything is well again$/, "well"],
  [/^the cause of the fault is gone$/, "gone"],
  [/^emergency stop$/, "stop"],
  [/^grid mode is off grid$/, "offGrid"],
  [/^grid mode is on grid$/, "onGrid"],
  [/^no good value: (?<what>.+)$/, "noValue"],
  [/^(?<what>[^:]+): took (?<took>\d+) ms of (?<limit>\d+) ms$/, "slow"],
  [/^(?<what>[^:]+): took too long and was stopped$/, "stopped"],
];

/** Why the loop changed its state, in the reader's language; what is not known stays as it was said. */
export function describeReason(
  reason: string,
  t: (key: string, values: Record<string, string>) => string,
): string {
  const one = (text: string) => {
    for (const [pattern, key] of REASONS) {
      const found = pattern.exec(text);
      if (found) return t(`edge.reasons.${key}`, { ...found.groups });
    }
    return text;
  };
  return reason.split("; ").map(one).join(" ");
}

/** A value for a channel, for a time; after that it is forgotten. */
export interface WriteOrder {
  controller: string;
  channel: string;
  value: number;
  seconds: number;
}

/** Orders to the loop; each is acknowledged by it or refused with a reason. */
export function useOrders() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: KEY });
  const write = useMutation({
    mutationFn: ({ controller, ...data }: WriteOrder) =>
      api.put(`/v1/edge/controllers/${encodeURIComponent(controller)}/value`, { data }),
    onSettled,
  });
  const enable = useMutation({
    mutationFn: ({ controller, enabled }: { controller: string; enabled: boolean }) =>
      api.put(`/v1/edge/controllers/${encodeURIComponent(controller)}`, { data: { enabled } }),
    onSettled,
  });
  return { write, enable };
}
