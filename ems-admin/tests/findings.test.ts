import { describe, expect, it } from "vitest";
import { describeFinding, type Phrase, type Thing, type Told } from "../src/pipeline/findings";
import { catalogue, enumeration, expectTold, TABLES, texts } from "./catalogue";

const thing = (kind: string, id: number, name = ""): Thing => ({ type: "thing", kind, id, name });
const word = (key: string) => ({ type: "word", word: key }) as const;
const found = (what: Phrase, where: readonly Thing[] = [], advice: Phrase | null = null): Told => ({
  message: "in English",
  data: { what, where, advice },
});
const en = (told: Told) => describeFinding(told, "en-GB", texts(TABLES.en));
const de = (told: Told) => describeFinding(told, "de-DE", texts(TABLES.de));
const zh = (told: Told) => describeFinding(told, "zh-CN", texts(TABLES.zh));

describe("what a stage found", () => {
  it("has a text for everything that the stages say, with all its values, in every language", () => {
    const said = catalogue("findings/texts.py", "TEXTS");
    expect(Object.keys(said).length).toBeGreaterThan(40);
    expectTold(said, (tools) => tools.pipeline.said.texts);
    const words = catalogue("findings/texts.py", "WORDS");
    expect(Object.keys(words).length).toBeGreaterThan(10);
    expectTold(words, (tools) => tools.pipeline.said.words);
  });

  it("names things and words as the reader does", () => {
    const told = found(
      {
        key: "double_count",
        values: {
          meter: thing("meter", 401, "E-401 Library incomer"),
          times: 2.5,
          ways: [word("own_binding"), thing("space", 41, "Ground Floor")],
        },
      },
      [thing("space", 40, "Main Library")],
      { key: "unbind", values: {} },
    );
    expect(de(told)).toBe(
      "Main Library (Bereich 40): Zählt E-401 Library incomer (Zähler 401) 2,5-mal, über die eigene Zuordnung," +
        " Ground Floor (Bereich 41). Entfernen Sie eine der Zuordnungen oder lassen Sie sie nicht mitzählen.",
    );
    expect(zh(told)).toBe(
      "Main Library (空间 40)：将 E-401 Library incomer (计量表 401) 计入 2.5 次，途径：自身的绑定," +
        " Ground Floor (空间 41)。请删除其中一个绑定，或将其设为不计入。",
    );
  });

  it("says of a formula what was written and what may be", () => {
    const told = found(
      { key: "unknown_variable", values: { name: "x3" } },
      [thing("virtual_meter", 3, "Losses")],
      { key: "known", values: { names: ["x1", "x2"] } },
    );
    expect(de(told)).toBe(
      "Losses (virtueller Zähler 3): Die Formel nennt eine unbekannte Variable (x3). Bekannt: x1, x2.",
    );
    const long = found({ key: "too_long", values: { limit: 10_000 } }, [thing("point", 5)]);
    expect(de(long)).toBe("Datenpunkt 5: Die Formel ist länger als 10.000 Zeichen");
    expect(en(long)).toBe("Point 5: The formula is longer than 10,000 characters");
  });

  it("knows the name of every kind of thing that can be found wrong, in every language", () => {
    const kinds = ["meter", "virtual_meter", "offline_meter", "point"];
    kinds.push("space", "equipment", "combined_equipment", "tenant", "store", "shopfloor");
    for (const [language, { model }] of Object.entries(TABLES))
      expect(Object.keys(model.choice), language).toEqual(expect.arrayContaining(kinds));
  });

  it("stays as it was said where it is kept as a sentence", () => {
    expect(de({ message: "something else is wrong", data: null })).toBe("something else is wrong");
  });
});

describe("why a stage has work", () => {
  it("is told in the reader's language, whatever the reason, and nothing is told that is none", () => {
    const declared = enumeration("journal.py", "Why");
    expect(declared.length).toBeGreaterThan(20);
    expect(declared).toContain("child space moved");
    for (const [language, { tools }] of Object.entries(TABLES))
      expect(Object.keys(tools.pipeline.reasons).sort(), language).toEqual(declared.toSorted());
  });
});
