import { useEffect, useSyncExternalStore } from "react";
import { Button } from "./Button";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "critical";
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 6_000;

class ToastStore {
  private list: readonly Toast[] = [];
  private next = 1;
  private readonly listeners = new Set<() => void>();

  get = (): readonly Toast[] => this.list;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  show(text: string, options: Partial<Pick<Toast, "tone" | "action">> = {}): void {
    this.set([
      ...this.list,
      { id: this.next++, text, tone: options.tone ?? "plain", action: options.action },
    ]);
  }

  hide(id: number): void {
    this.set(this.list.filter((toast) => toast.id !== id));
  }

  private set(list: readonly Toast[]): void {
    this.list = list;
    for (const listener of this.listeners) listener();
  }
}

export const toasts = new ToastStore();

function ToastItem({ toast }: { toast: Toast }) {
  useEffect(() => {
    const timer = setTimeout(() => toasts.hide(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast.id]);
  const { action } = toast;
  return (
    <li className={`toast toast--${toast.tone}`}>
      <span>{toast.text}</span>
      {action && (
        <Button
          small
          onClick={() => {
            toasts.hide(toast.id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
    </li>
  );
}

/** Short messages at the corner, read out by assistive technology. */
export function Toasts() {
  const list = useSyncExternalStore(toasts.subscribe, toasts.get);
  return (
    <ul className="toasts" aria-live="polite">
      {list.map((toast) => (
        <ToastItem key={toast.id} toast={toast} />
      ))}
    </ul>
  );
}
