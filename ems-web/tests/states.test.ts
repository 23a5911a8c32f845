import { describe, expect, it } from "vitest";
import { pagesDe } from "../src/i18n/pages.de";
import { readMeanings, stateText } from "../src/live/states";

const TEXTS: Record<string, string> = pagesDe.deviceState;
const t = (key: string, { defaultValue }: { defaultValue: string }) =>
  TEXTS[key.replace("deviceState.", "")] ?? defaultValue;

function shown(definitions: string, value: number): string | null {
  const meanings = readMeanings(definitions);
  return meanings && stateText(meanings, value, t);
}

describe("the state of a device", () => {
  it("is told in a word of the reader's language, or in the site's own", () => {
    const definitions = '{"0": "off", "1": "no car", "2": "Warten auf Freigabe"}';
    expect([0, 1, 2].map((value) => shown(definitions, value))).toEqual([
      "Aus",
      "Kein Fahrzeug",
      "Warten auf Freigabe",
    ]);
  });

  it("names every bit that is set", () => {
    const definitions = '{"flags": {"0": "tripped", "3": "hot", "31": "full"}}';
    expect(shown(definitions, 0)).toBe("Keine");
    expect(shown(definitions, 1 + 8)).toBe("Ausgelöst, Heiß");
    expect(shown(definitions, 2 ** 31)).toBe("Voll");
  });

  it("is not told where nobody said what the number means", () => {
    expect(shown('{"0": "off"}', 7)).toBeNull();
    expect(shown("", 2)).toBeNull();
    expect(shown("no JSON", 2)).toBeNull();
    expect(readMeanings(null)).toBeNull();
  });
});
