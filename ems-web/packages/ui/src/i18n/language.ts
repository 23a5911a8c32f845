/** Languages that are complete; a test keeps them so. */
export const LANGUAGES = ["en", "zh", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

const API_LANGUAGES: Record<Language, string> = { en: "en", zh: "zh_CN", de: "de" };
const LOCALES: Record<Language, string> = { en: "en-GB", zh: "zh-CN", de: "de-DE" };
const STORAGE_KEY = "ems.language";

export function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text);
}

/** The language to begin with: the one chosen before, or the first of the browser's that there is. */
export function firstLanguage(): Language {
  const wanted = [localStorage.getItem(STORAGE_KEY) ?? "", ...navigator.languages];
  return wanted.map((text) => text.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

/** Remember a choice for the next visit. */
export function keepLanguage(language: Language): void {
  localStorage.setItem(STORAGE_KEY, language);
}

/** The API's name of a language. */
export function apiName(language: Language): string {
  return API_LANGUAGES[language];
}

/** The BCP 47 locale of a language, for numbers and dates. */
export function localeOf(language: Language): string {
  return LOCALES[language];
}
