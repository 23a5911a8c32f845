export type ThemeChoice = "light" | "dark" | "system";
export type Theme = "light" | "dark";

const STORAGE_KEY = "ems.theme";

/** The choice of an earlier visit. */
export function keptChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORAGE_KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Remember a choice for the next visit. */
export function keepChoice(choice: ThemeChoice): void {
  localStorage.setItem(STORAGE_KEY, choice);
}

/** The system's own wish; undefined where there is no screen to ask. */
export const systemDark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

/** What a choice comes to. */
export function themeOf(choice: ThemeChoice): Theme {
  if (choice !== "system") return choice;
  return systemDark?.matches ? "dark" : "light";
}

/** Mark the document with a theme; its style sheet does the rest. */
export function markTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
