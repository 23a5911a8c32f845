import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n/language";
import { chooseLanguage, currentLanguage, LANGUAGE_NAMES } from "../i18n/setup";

/** Choice of the language as a plain select: works before anything else does. */
export function LanguageSelect() {
  const { t, i18n } = useTranslation("ui");
  return (
    <select
      className="select-plain"
      aria-label={t("signin.language")}
      value={i18n.language}
      onChange={(event) => {
        const language = LANGUAGES.find((l) => l === event.target.value) ?? currentLanguage();
        void chooseLanguage(language);
      }}
    >
      {LANGUAGES.map((language) => (
        <option key={language} value={language}>
          {LANGUAGE_NAMES[language]}
        </option>
      ))}
    </select>
  );
}
