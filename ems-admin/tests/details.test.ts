import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeDetail, type Reason } from "../src/cleaning/details";
import { toolsDe } from "../src/i18n/tools.de";
import { toolsEn } from "../src/i18n/tools.en";
import { toolsZh } from "../src/i18n/tools.zh";

/** Texts as i18next fills them. */
function texts(table: unknown) {
  return (key: string, values: Record<string, string> = {}) => {
    const text = key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], table);
    return String(text).replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "?");
  };
}

const TABLES = { en: toolsEn, de: toolsDe, zh: toolsZh };
const told = (key: string, numbers: Reason["numbers"], note: string | null = null) => ({
  detail: "in English",
  reason: { key, numbers, note },
});
const de = (...reason: Parameters<typeof told>) =>
  describeDetail(told(...reason), "de-DE", texts(toolsDe)).replaceAll("\u00a0", " ");
const en = (...reason: Parameters<typeof told>) =>
  describeDetail(told(...reason), "en-GB", texts(toolsEn)).replaceAll("\u00a0", " ");

/** Key → names of its numbers, of a text with places for them. */
function places(text: string, place: RegExp): string {
  return [...text.matchAll(place)]
    .map(([, name]) => name)
    .sort()
    .join(" ");
}

describe("why a reading was judged", () => {
  it("has a text for every reason that the cleaning gives, with all its numbers, in every language", () => {
    const source = readFileSync(
      `${import.meta.dirname}/../../ems-common/src/ems_common/quality/reasons.py`,
      "utf-8",
    );
    const said = [...source.matchAll(/^ {4}"(\w+)": "(.*)",$/gm)];
    expect(said.length).toBeGreaterThan(20);
    const wanted = said.map(([, key, text]) => [key, places(text as string, /\{(\w+)\}/g)]).sort();
    for (const [language, table] of Object.entries(TABLES)) {
      const known = Object.entries(table.quality.details).map(([key, text]) => [
        key,
        places(text, /\{\{(\w+)\}\}/g),
      ]);
      expect(known.sort(), language).toEqual(wanted);
    }
  });

  it("keeps its numbers, written as the reader writes them", () => {
    expect(de("gap", { pause_s: 19_800, usual_s: 900 })).toBe(
      "5,5 Std. lang kein Messwert, üblich ist einer alle 15 Min.",
    );
    expect(en("gap", { pause_s: 90, usual_s: 30 })).toBe("no reading for 90 secs, usually one every 30 secs");
    expect(en("rate", { before: 12, after: 1.2e6, rate: 4.8e6 }, "confirmed")).toBe(
      "from 12 to 1,200,000: 4,800,000 per hour; confirmed by what follows",
    );
    expect(de("below", { value: -0.1, limit: 0 })).toBe("-0,1 liegt unter der unteren Grenze 0");
  });

  it("stays as it was said where it is kept as a sentence", () => {
    const old = { detail: "-0.1 is below the low limit 0", reason: null };
    expect(describeDetail(old, "de-DE", texts(toolsDe))).toBe("-0.1 is below the low limit 0");
  });
});
