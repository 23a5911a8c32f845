import { useSyncExternalStore } from "react";
import {
  keepChoice,
  keptChoice,
  markTheme,
  systemDark,
  type Theme,
  type ThemeChoice,
  themeOf,
} from "./choice";
import { printing } from "./printing";

export type { Theme, ThemeChoice } from "./choice";

export const THEME_CHOICES: readonly ThemeChoice[] = ["light", "dark", "system"];

/** The chosen theme and what it comes to; the document's `data-theme` always shows it. */
class ThemeStore {
  private choice: ThemeChoice = keptChoice();
  private readonly listeners = new Set<() => void>();

  constructor() {
    systemDark?.addEventListener("change", () => this.apply());
    printing.subscribe(() => this.apply());
    this.apply();
  }

  getChoice = (): ThemeChoice => this.choice;

  getTheme = (): Theme => {
    return printing.get() ? "light" : themeOf(this.choice);
  };

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    keepChoice(choice);
    this.apply();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private apply(): void {
    markTheme(this.getTheme());
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
