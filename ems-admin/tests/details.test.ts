import { describe, expect, it } from "vitest";
import { describeDetail, type Reason } from "../src/cleaning/details";
import { catalogue, expectTold, TABLES, texts } from "./catalogue";

const told = (key: string, numbers: Reason["numbers"], note: string | null = null) => ({
  detail: "in English",
  reason: { key, numbers, note },
});
const de = (...reason: Parameters<typeof told>) =>
  describeDetail(told(...reason), "de-DE", texts(TABLES.de)).replaceAll("\u00a0", " ");
const en = (...reason: Parameters<typeof told>) =>
  describeDetail(told(...reason), "en-GB", texts(TABLES.en)).replaceAll("\u00a0", " ");

describe("why a reading was judged", () => {
  it("has a text for every reason that the cleaning gives, with all its numbers, in every language", () => {
    const said = catalogue("quality/reasons.py", "TEXTS", "NOTES");
    expect(Object.keys(said).length).toBeGreaterThan(20);
    expectTold(said, (tools) => tools.quality.details);
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
    expect(describeDetail(old, "de-DE", texts(TABLES.de))).toBe("-0.1 is below the low limit 0");
  });
});
