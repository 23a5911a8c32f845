import { useSyncExternalStore } from "react";

/** A show of pages on a wall screen. */
export interface Show {
  /** Addresses within the application, in order. */
  pages: readonly string[];
  everySeconds: number;
}

const KEY = "ems.kiosk";
export const SHORTEST_S = 5;
export const LONGEST_S = 3_600;

function read(): Show | null {
  try {
    return toShow(JSON.parse(sessionStorage.getItem(KEY) ?? "null"));
  } catch {
    return null;
  }
}

function toShow(value: unknown): Show | null {
  if (typeof value !== "object" || value === null) return null;
  const { pages, everySeconds } = value as Partial<Show>;
  const isFine = Array.isArray(pages) && pages.length > 0 && pages.every((one) => isPage(one));
  return isFine && typeof everySeconds === "number"
    ? { pages, everySeconds: clampSeconds(everySeconds) }
    : null;
}

/** Only pages of this application: a link must not lead a wall screen elsewhere. */
function isPage(value: unknown): value is string {
  return typeof value === "string" && /^\/(?!\/)/.test(value) && !value.startsWith("/kiosk");
}

export function clampSeconds(seconds: number): number {
  return Number.isFinite(seconds)
    ? Math.min(LONGEST_S, Math.max(SHORTEST_S, Math.round(seconds)))
    : SHORTEST_S;
}

/** The running show of this tab; it survives a reload and ends with the tab. */
class KioskStore {
  private show: Show | null = read();
  private readonly listeners = new Set<() => void>();

  get = (): Show | null => this.show;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(show: Show): void {
    this.show = toShow(show);
    if (this.show) sessionStorage.setItem(KEY, JSON.stringify(this.show));
    this.notify();
  }

  stop(): void {
    this.show = null;
    sessionStorage.removeItem(KEY);
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

export const kiosk = new KioskStore();

/** The running show, or null. */
export function useShow(): Show | null {
  return useSyncExternalStore(kiosk.subscribe, kiosk.get);
}

/** Address that starts a show by itself: for the start page of a wall screen. */
export function showAddress(show: Show): string {
  const search = new URLSearchParams({ start: "1", every: String(show.everySeconds) });
  for (const page of show.pages) search.append("page", page);
  return `/kiosk?${search}`;
}

/** The show in an address, as far as it names one. */
export function showOf(params: URLSearchParams): Show | null {
  return toShow({
    pages: params.getAll("page").filter(isPage),
    everySeconds: Number(params.get("every") ?? 30),
  });
}
