import i18next from "i18next";
import { useSyncExternalStore } from "react";
import { initReactI18next } from "react-i18next";
import { apiName, firstLanguage, isLanguage, keepLanguage, type Language, localeOf } from "./language";

/** How each language calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", zh: "简体中文", de: "Deutsch" };

/** Nested texts of one namespace. */
export interface Texts {
  [key: string]: string | Texts;
}

/** Loads the texts of a front end in one language, by namespace. */
export type TextLoader = (language: Language) => Promise<Record<string, Texts>>;

let loader: TextLoader = () => Promise.resolve({});

async function loadLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "ui")) {
    const bundles = await loader(language);
    for (const [namespace, texts] of Object.entries(bundles)) {
      i18next.addResourceBundle(language, namespace, texts);
    }
  }
  document.documentElement.lang = localeOf(language);
  document.documentElement.dir = i18next.dir(language);
}

/** Start the translations with the texts of one language only; others load when chosen. */
export async function setupI18n(texts: TextLoader, defaultNamespace: string): Promise<void> {
  loader = texts;
  const language = firstLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    ns: [defaultNamespace, "ui"],
    defaultNS: defaultNamespace,
    fallbackNS: "ui",
    interpolation: { escapeValue: false },
    resources: {},
    react: { useSuspense: false },
  });
  await loadLanguage(language);
  await i18next.changeLanguage(language);
}

/** Change the language; its texts are loaded first, so nothing flashes. */
export async function chooseLanguage(language: Language): Promise<void> {
  await loadLanguage(language);
  keepLanguage(language);
  await i18next.changeLanguage(language);
}

/** The language in force. */
export function currentLanguage(): Language {
  return isLanguage(i18next.language) ? i18next.language : "en";
}

function onLanguage(listener: () => void): () => void {
  i18next.on("languageChanged", listener);
  return () => i18next.off("languageChanged", listener);
}

/** The BCP 47 locale for numbers and dates. */
export function useLocale(): string {
  return useSyncExternalStore(onLanguage, () => localeOf(currentLanguage()));
}

/** The API's name of the language in force. */
export function apiLanguage(): string {
  return apiName(currentLanguage());
}
