import { formatSpan, parseLocal } from "@ems/ui";
import i18next from "i18next";
import { expect, it } from "vitest";
import { aboutText } from "../src/boot/head";
import { loadTexts } from "../src/i18n/load";
import { readPeriod } from "../src/state/address";

const SITE = { name: "Site", timeZone: "Europe/London", currency: "GBP" };
const LOCALES = { en: "en-GB", zh: "zh-CN", de: "de-DE" };

it.each(["en", "zh", "de"] as const)(
  "says before the page is there what the page says: %s",
  async (language) => {
    const texts = await loadTexts(language);
    const locale = LOCALES[language];
    await i18next.init({ lng: language, resources: { [language]: { web: texts.web } }, defaultNS: "web" });
    for (const [search, key] of [
      ["", "home.about"],
      ["cmp=none", "home.aboutAlone"],
    ] as const) {
      const period = readPeriod(new URLSearchParams(search), parseLocal("2026-11-21T17:20:00"));
      const said = aboutText(language, { site: SITE, period });
      const values = {
        span: formatSpan(period.span, locale),
        base: period.base && formatSpan(period.base, locale),
        zone: SITE.timeZone,
      };
      expect(said).toBe(i18next.t(key, { ...values, interpolation: { escapeValue: false } }));
      expect(said).toContain("2026");
    }
  },
);
