import { useSyncExternalStore } from "react";

/** Whether the page is being put on paper: light colours then, and whole tables. */
class PrintingStore {
  private isPrinting = false;
  private readonly listeners = new Set<() => void>();

  constructor() {
    globalThis.addEventListener?.("beforeprint", () => this.set(true));
    globalThis.addEventListener?.("afterprint", () => this.set(false));
  }

  get = (): boolean => this.isPrinting;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private set(isPrinting: boolean): void {
    this.isPrinting = isPrinting;
    for (const listener of this.listeners) listener();
  }
}

export const printing = new PrintingStore();

/** True while the page is being printed. */
export function usePrinting(): boolean {
  return useSyncExternalStore(printing.subscribe, printing.get);
}
