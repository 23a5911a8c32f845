import { ApiError, api } from "@ems/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { LoopWords } from "../i18n/loop.en";
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
  /** Why it asks for what it asks for in this cycle. */
  reasons?: readonly string[];
  channels: Readonly<Record<string, ChannelValue>>;
  /** Of its channels, where they have one. */
  units?: Readonly<Record<string, string>>;
  /** Channels that take a set-point. */
  writable?: readonly string[];
}

/** A wish that was granted in part only, or not at all. */
export interface LimitedWish {
  component: string;
  author: string;
  /** Whose bound stood against it. */
  limited_by: string;
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
  /** Whose bound each storage unit's set-point stands on; empty when nobody's. */
  held_by?: Readonly<Record<string, string>>;
  limits?: readonly LimitedWish[];
}

/** What a controller does now, and who stands in its way. */
export interface Part {
  part: "failed" | "limited" | "decides" | "isOn" | "isOff";
  limitedBy?: string;
}

/** The part that a controller plays in this cycle. */
export function partOf(controller: Controller, state: EdgeState): Part {
  if (!controller.enabled) return { part: "isOff" };
  if (controller.failure) return { part: "failed" };
  const against = (state.limits ?? []).find((wish) => wish.author === controller.id && wish.limited_by);
  if (against) return { part: "limited", limitedBy: against.limited_by };
  const isHolding = Object.values(state.held_by ?? {}).includes(controller.id);
  return { part: isHolding ? "decides" : "isOn" };
}

/** What an operator calls a controller: its type, with its id where there are several of it. */
export function nameOf(id: string, state: EdgeState | undefined, words: LoopWords | undefined): string {
  const controller = state?.controllers.find((one) => one.id === id);
  const name = controller && words?.types[controller.type];
  if (!name) return id;
  const isOnly = state?.controllers.filter((one) => one.type === controller.type).length === 1;
  return isOnly ? name : `${name} (${id})`;
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
  [/^start$/, "started"],
  [/^first complete, fresh image$/, "complete"],
  [/^everything is well again$/, "well"],
  [/^the cause of the fault is gone$/, "gone"],
  [/^emergency stop$/, "stop"],
  [/^grid mode is off grid$/, "offGrid"],
  [/^grid mode is on grid$/, "onGrid"],
  [/^no good value: (?<what>.+)$/, "noValue"],
  [/^(?<what>\w+) is away$/, "away"],
  [/^(?<what>[^:]+): took (?<took>\d+) ms of (?<limit>\d+) ms$/, "slow"],
  [/^(?<what>[^:]+): took too long and was stopped$/, "stopped"],
];

/** Ids of parts as they stand in sentences, with or without a channel: `shave0`, `grid0/ActivePower`. */
const PART = /\b([a-z]\w*\d+)(?:\/([A-Z]\w*))?/g;

/**
 * Why the loop changed its state, in the reader's language; what is not known stays as it was said.
 *
 * @param named What a reader calls a part, and a channel of it when one is named.
 */
export function describeReason(
  reason: string,
  t: (key: string, values: Record<string, string>) => string,
  named: (id: string, channel?: string) => string = (id, channel) => (channel ? `${id}/${channel}` : id),
): string {
  const spoken = (value: string) =>
    value.replace(/\W+$/, "").replaceAll(PART, (_, id: string, channel?: string) => named(id, channel));
  const one = (text: string) => {
    for (const [pattern, key] of REASONS) {
      const found = pattern.exec(text);
      if (!found) continue;
      const groups = Object.entries({ ...found.groups });
      return t(
        `edge.reasons.${key}`,
        Object.fromEntries(groups.map(([name, value]) => [name, spoken(value)])),
      );
    }
    return text;
  };
  return reason.split("; ").map(one).join(" ");
}

/** A property of a controller, as its JSON Schema tells. */
export interface Property {
  type: string | readonly string[];
  description?: string;
  "x-unit"?: string;
  minimum?: number;
  maximum?: number;
  enum?: readonly string[];
}

/** What can be set of a controller, and how it is set. */
export interface ControllerSettings {
  schema: { properties: Readonly<Record<string, Property>> };
  values: Readonly<Record<string, unknown>>;
  /** What the site's configuration says. */
  file?: Readonly<Record<string, unknown>>;
  /** Who set something else since; null when nobody did. */
  changed?: { owner: string; time_utc: string; enabled: boolean | null } | null;
}

/** The settings of a controller, as they are now. */
export function useSettings(controller: string) {
  return useQuery({
    queryKey: ["edge", "settings", controller],
    // What is typed stands on these; another's change is refused or seen at the next opening.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: ({ signal }) =>
      api.get<ControllerSettings>(`/v1/edge/controllers/${encodeURIComponent(controller)}/settings`, {
        signal,
      }),
  });
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
  const configure = useMutation({
    mutationFn: ({ controller, ...data }: { controller: string; properties: Record<string, unknown> }) =>
      api.put(`/v1/edge/controllers/${encodeURIComponent(controller)}`, { data }),
    onSettled,
  });
  const restore = useMutation({
    mutationFn: (controller: string) =>
      api.remove(`/v1/edge/controllers/${encodeURIComponent(controller)}/settings`),
    onSettled,
  });
  return { write, enable, configure, restore };
}
