import { useSyncExternalStore } from "react";
import { printing } from "./printing";

export type ThemeChoice = "light" | "dark" | "system";
export type Theme = "light" | "dark";

export const THEME_CHOICES: readonly ThemeChoice[] = ["light", "dark", "system"];

const STORAGE_KEY = "ems.theme";

function readChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORAGE_KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** The chosen theme and what it comes to; the document's `data-theme` always shows it. */
class ThemeStore {
  private choice: ThemeChoice = readChoice();
  private readonly listeners = new Set<() => void>();
  private readonly system = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

  constructor() {
    this.system?.addEventListener("change", () => this.apply());
    printing.subscribe(() => this.apply());
    this.apply();
  }

  getChoice = (): ThemeChoice => this.choice;

  getTheme = (): Theme => {
    if (printing.get()) return "light";
    if (this.choice !== "system") return this.choice;
    return this.system?.matches ? "dark" : "light";
  };

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    localStorage.setItem(STORAGE_KEY, choice);
    this.apply();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private apply(): void {
    document.documentElement.dataset.theme = this.getTheme();
    for (const listener of this.listeners) listener();
  }
}

export const themeStore = new ThemeStore();

/** The theme in force, re-rendering when it changes. */
export function useTheme(): Theme {
  return useSyncExternalStore(themeStore.subscribe, themeStore.getTheme);
}

/** The user's choice: light, dark or as the system. */
export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(themeStore.subscribe, themeStore.getChoice);
}
