import { describe, expect, it } from "vitest";
import { describeDetail } from "../src/cleaning/details";
import { toolsDe } from "../src/i18n/tools.de";
import { toolsEn } from "../src/i18n/tools.en";

/** Texts as i18next fills them. */
function texts(table: unknown) {
  return (key: string, values: Record<string, string> = {}) => {
    const text = key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], table);
    return String(text).replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "?");
  };
}

const en = (said: string) => describeDetail(said, "en-GB", texts(toolsEn));
const de = (said: string) => describeDetail(said, "de-DE", texts(toolsDe));

// One of every kind that the rules of cleaning say, as they say it.
const SAID = [
  "-0.1 is below the low limit 0",
  "10.5 is above the high limit 10",
  "was later than the clock when it was judged",
  "the same reading came again 900 ms after",
  "the same reading came 900 ms before",
  "no reading for 5.5 h, usually one every 15 min",
  "stands at 7.25, longer than it is known to",
  "stood at 120, then caught up to 480.5",
  "first reading of the new meter: 0.5",
  "1 … 2 between 100 and 101",
  "from 999990 to 12, wraps at 1e+06",
  "from 5200 down to 12; not confirmed yet",
  "from 12 to 1.2e+06: 4.8e+06 per hour; confirmed by what follows",
  "900 is far above its neighbours (10 … 12)",
  "0 is far below what was before and after (10 … 12)",
  "1 is far below 10 before and 12 after",
  "9000 is far above all that is usual (10 … 90)",
  "0 is far below all that is usual (10 … 90)",
  "9 where the neighbours' median is 5",
  "9 is outside -2.5 … 8",
  "9 is 180% of the neighbours' average",
  "9e+09 is beyond the physical limit 1e+06",
];

describe("why a reading was judged", () => {
  it("is told in the reader's language, whatever the rule", () => {
    for (const said of SAID) expect(de(said), said).not.toMatch(/\b(is|the|to|from|than|before|yet)\b|\?/);
  });

  it("keeps its numbers, written as the reader writes them", () => {
    expect(de("no reading for 5.5 h, usually one every 15 min")).toBe(
      "5,5\u00a0h lang kein Messwert, üblich ist einer alle 15\u00a0min",
    );
    expect(en("from 12 to 1.2e+06: 4.8e+06 per hour; confirmed by what follows")).toBe(
      "from 12 to 1,200,000: 4,800,000 per hour; confirmed by what follows",
    );
    expect(de("-0.1 is below the low limit 0")).toBe("-0,1 liegt unter der unteren Grenze 0");
  });

  it("stays as it was said where no text is known", () => {
    expect(de("set aside by hand")).toBe("set aside by hand");
  });
});
