import { ApiError, api } from "@ems/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useMayOpen } from "../state/rights";
import { FLOW_PATH, HISTORY_PATH, HISTORY_QUERY } from "./paths";
import { type Flow, type FlowSample, liveStore, useFlow, useLiveStatus } from "./store";

interface FlowHistory {
  utc: string[];
  series: { id: string; power_w: (number | null)[] }[];
}

const POLL_MS = 5_000;

export const flowQuery = queryOptions({
  queryKey: ["flow"],
  staleTime: POLL_MS,
  queryFn: ({ signal }) => api.get<Flow>(FLOW_PATH, { signal }),
});

function toSamples(history: FlowHistory): FlowSample[] {
  return history.utc.map((utc, i) => ({
    timeMs: Date.parse(utc),
    power: Object.fromEntries(history.series.map((s) => [s.id, s.power_w[i] ?? null])),
  }));
}

/** Keep the live stream open while a page is shown. */
export function useFollowLive(): void {
  const isAllowed = useMayOpen()("/flow");
  useEffect(() => (isAllowed ? liveStore.follow() : undefined), [isAllowed]);
}

/**
 * The live power flow: asked for once, then pushed. Only a server without a stream is polled.
 */
export function useLiveFlow() {
  useFollowLive();
  const status = useLiveStatus();
  const flow = useFlow();
  const query = useQuery({ ...flowQuery, refetchInterval: status === "live" ? false : POLL_MS });
  const { data } = query;
  useEffect(() => {
    if (data && (!liveStore.flow || liveStore.flow.utc < data.utc)) liveStore.setFlow(data);
  }, [data]);
  return { flow: flow ?? data ?? null, status, query };
}

/** Fill the live trend with the last hour once. */
export function useFlowHistory(isEnabled = true): void {
  const { data } = useQuery({
    enabled: isEnabled,
    queryKey: ["flow", "history"],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async ({ signal }): Promise<FlowSample[]> => {
      try {
        return toSamples(await api.get<FlowHistory>(HISTORY_PATH, { query: HISTORY_QUERY, signal }));
      } catch (error) {
        if (error instanceof ApiError && error.kind === "unsupported") return [];
        throw error;
      }
    },
  });
  useEffect(() => {
    if (data) liveStore.seed(data);
  }, [data]);
}
