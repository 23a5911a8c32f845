import type { Language } from "@ems/ui/i18n/language";

const LOADERS = {
  en: () => import("./all.en"),
  zh: () => import("./all.zh"),
  de: () => import("./all.de"),
} as const;

/** The texts of a language, by namespace; one file each. */
export async function loadTexts(language: Language) {
  return (await LOADERS[language]()).texts;
}
