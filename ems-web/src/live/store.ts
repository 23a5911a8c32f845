import { followStream, type StreamEvent } from "@ems/ui";
import { useSyncExternalStore } from "react";
import { whenIdle } from "../state/idle";

export type NodeKind = "grid" | "pv" | "battery" | "charger" | "building";

/** One node of the live power flow, as the API gives it. */
export interface FlowNode {
  id: string;
  kind: NodeKind;
  name: string;
  /** Consumption, charging and import positive [W]; null = no fresh value. */
  power_w: number | null;
  soc_ratio?: number | null;
  state?: string | null;
  limit_w?: number | null;
  energy_today_kwh?: number | null;
  entity?: { kind: string; id: number } | null;
  utc?: string | null;
}

export interface Flow {
  utc: string;
  /** Of the control loop. */
  state?: string | null;
  /** The controller that has the say at this moment. */
  active_controller?: string | null;
  nodes: FlowNode[];
}

export interface PointValue {
  point_id: number;
  value: number | null;
  utc: string;
}

/** A value that went beyond a limit of its point, or came back. */
export interface LimitEvent {
  point_id: number;
  name: string;
  state: "normal" | "high" | "higher" | "low" | "lower";
  value: number;
  limit: number | null;
  unit: string | null;
  utc: string;
}

type AlarmEvent = ({ kind: "limit" } & LimitEvent) | { kind: "message"; id: number };

export type LiveStatus = "connecting" | "live" | "lost" | "unsupported";

/** Power of every node at one instant, for the live trend. */
export interface FlowSample {
  timeMs: number;
  power: Readonly<Record<string, number | null>>;
}

const TREND_SAMPLES = 900;
const MOST_LIMIT_EVENTS = 50;
const STREAM = "/v1/live?topics=points,flow,alarms";

function parse<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

/** Live values of the site, fed by one stream however many widgets look at them. */
class LiveStore {
  status: LiveStatus = "connecting";
  /** Rises with every change of values. */
  version = 0;
  flow: Flow | null = null;
  samples: readonly FlowSample[] = [];
  /** Limits crossed since the stream began, newest first. */
  limitEvents: readonly LimitEvent[] = [];
  /** Id of the newest message that the stream told of. */
  newestMessage = 0;
  private points = new Map<number, PointValue>();
  private readonly listeners = new Set<() => void>();
  private followers = 0;
  private abort: AbortController | null = null;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  point(id: number): PointValue | undefined {
    return this.points.get(id);
  }

  /** Keep the stream open until the returned function is called. */
  follow = (): (() => void) => {
    this.followers += 1;
    if (!this.abort) this.open();
    return () => {
      this.followers -= 1;
      if (this.followers === 0) this.close();
    };
  };

  /** Fill the trend from the past, as far as the stream has not done so. */
  seed(samples: readonly FlowSample[]): void {
    const first = this.samples[0]?.timeMs ?? Number.POSITIVE_INFINITY;
    this.samples = [...samples.filter((s) => s.timeMs < first), ...this.samples].slice(-TREND_SAMPLES);
    this.notify();
  }

  setFlow(flow: Flow): void {
    this.flow = flow;
    const timeMs = Date.parse(flow.utc);
    const last = this.samples.at(-1)?.timeMs ?? 0;
    // Two a second come in; the trend keeps one each two seconds.
    if (timeMs - last >= 2_000) {
      const power = Object.fromEntries(flow.nodes.map((node) => [node.id, node.power_w]));
      this.samples = [...this.samples, { timeMs, power }].slice(-TREND_SAMPLES);
    }
    this.notify();
  }

  private open(): void {
    const abort = new AbortController();
    this.abort = abort;
    // What was asked for is drawn before values come in twice a second.
    void whenIdle().then(() => this.read(abort.signal));
  }

  private async read(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await followStream(STREAM, signal, {
      onOpen: () => this.setStatus("live"),
      onEvent: (event) => this.take(event),
      onLost: (_error, isFinal) => this.setStatus(isFinal ? "unsupported" : "lost"),
    });
  }

  private close(): void {
    this.abort?.abort();
    this.abort = null;
    this.status = "connecting";
  }

  private take(event: StreamEvent): void {
    if (event.event === "flow") {
      const flow = parse<Flow>(event.data);
      if (flow) this.setFlow(flow);
    } else if (event.event === "points") {
      for (const value of parse<PointValue[]>(event.data) ?? []) this.points.set(value.point_id, value);
      this.notify();
    } else if (event.event === "alarms") {
      for (const alarm of parse<AlarmEvent[]>(event.data) ?? []) this.takeAlarm(alarm);
      this.notify();
    }
  }

  private takeAlarm(alarm: AlarmEvent): void {
    if (alarm.kind === "message") this.newestMessage = Math.max(this.newestMessage, alarm.id);
    else this.limitEvents = [alarm, ...this.limitEvents].slice(0, MOST_LIMIT_EVENTS);
  }

  private setStatus(status: LiveStatus): void {
    this.status = status;
    this.notify();
  }

  private notify(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}

export const liveStore = new LiveStore();

/** Whether live values come in. */
export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.status);
}

/** The newest power flow, or null before the first. */
export function useFlow(): Flow | null {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.flow);
}

/** Whether there is a power flow to be seen; true until it is known. Does not follow its values. */
export function useHasFlow(): boolean {
  return useSyncExternalStore(
    liveStore.subscribe,
    () => liveStore.flow === null || liveStore.flow.nodes.length > 0,
  );
}

/** The recent past of the power flow. */
export function useFlowSamples(): readonly FlowSample[] {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.samples);
}

/** Limits crossed since the stream began, newest first. */
export function useLimitEvents(): readonly LimitEvent[] {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.limitEvents);
}

/** Id of the newest message that the stream told of; 0 before the first. */
export function useNewestMessage(): number {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.newestMessage);
}

/** Renders anew whenever any live value changes; for pages that show many. */
export function useLiveVersion(): number {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.version);
}

/** The newest value of a point, or undefined. */
export function usePoint(id: number): PointValue | undefined {
  return useSyncExternalStore(liveStore.subscribe, () => liveStore.point(id));
}
