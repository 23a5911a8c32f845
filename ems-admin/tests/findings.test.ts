import { describe, expect, it } from "vitest";
import { modelDe } from "../src/i18n/model.de";
import { toolsDe } from "../src/i18n/tools.de";
import { toolsEn } from "../src/i18n/tools.en";
import { describeFinding } from "../src/pipeline/findings";
import { describeReason } from "../src/pipeline/reasons";

/** Texts as i18next fills them. */
function texts(table: unknown, model: unknown) {
  return (key: string, values: Record<string, string> = {}) => {
    const [space, path] = key.startsWith("model:") ? [model, key.slice(6)] : [table, key];
    const text = path
      .split(".")
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], space);
    return String(typeof text === "string" ? text : (values.defaultValue ?? key)).replaceAll(
      /\{\{(\w+)\}\}/g,
      (_, name: string) => values[name] ?? "?",
    );
  };
}

const en = (said: string) => describeFinding(said, texts(toolsEn, {}));
const de = (said: string) => describeFinding(said, texts(toolsDe, modelDe));

// One of every kind that the stages say, as they say it.
const SAID = [
  "virtual meter 3 (Losses): the formula is longer than 1000 characters. Split it into two.",
  "virtual meter 3 (Losses): the formula is empty. Write one, such as x1 + x2.",
  "virtual meter 3 (Losses): the formula does not parse, near character 5 (got 'a + ')",
  "virtual meter 3 (Losses): the formula has more than 200 parts. Split it into two.",
  "virtual meter 3 (Losses): the formula is nested deeper than 20. Split it into two.",
  "virtual meter 3 (Losses): this is not allowed in a formula (got '[1, 2]')",
  "virtual meter 3 (Losses): only numbers are allowed in a formula (got 'a')",
  "virtual meter 3 (Losses): the formula names an unknown variable (got 'x3'). Known: x1, x2.",
  "virtual meter 3 (Losses): this operator is not allowed in a formula (got 'x1 ** 2')",
  "virtual meter 3 (Losses): this comparison is not allowed in a formula (got 'x1 in x2')",
  "virtual meter 3 (Losses): the formula calls an unknown function (got 'f(x1)'). Known: abs, min, max.",
  "virtual meter 3 (Losses): min takes 2 to 9 values (got 'min(x1)')",
  "virtual meter 3: its formula depends on itself (got 'virtual_meter 4'). Break the circle of virtual meters.",
  "meter 12, point 5: of several powers point 5 counts (got '6, 7'). Bind only the point of its total power, or one with" +
    " a register.",
  "meter 12, point 5: unknown unit of measure (got 'furlong'). Known: kWh, MJ.",
  "meter 12, point 5: kWh is energy, m³ is volume. Give the point and the energy category units of one kind.",
  "meter 12: fixed shares leave nothing to those who divide it (got 'tenant 1, tenant 2'). Lower the fixed" +
    " shares, or give all owners the same rule.",
  "meter 12: it is divided by several rules at once (got 'area, headcount'). Until all owners have one rule it is" +
    " divided evenly.",
  "meter 12: it is divided by area, but no owner has any. Enter the area of its owners; until then it is divided" +
    " evenly.",
  "the tree of spaces runs in a circle. Give one of them another parent.",
  "Main Library (space 40) counts E-401 Library incomer (meter 401) 2 times, through its own binding, Ground" +
    " Floor (space 41). Remove one of the bindings, or set it not to be counted.",
];

describe("what a stage found", () => {
  it("is told in the reader's language, whatever it is", () => {
    for (const said of SAID)
      expect(de(said).replaceAll(/Ground Floor|min|max/g, ""), said).not.toMatch(
        /\b(is|the|to|it|of|or|its|formula|meter|point|space|tenant|area|counts)\b|\?|undefined/,
      );
  });

  it("keeps names, numbers and what was got", () => {
    expect(de(SAID.at(-1) ?? "")).toBe(
      "Main Library (Bereich 40) zählt E-401 Library incomer (Zähler 401) 2-mal, über die eigene Zuordnung," +
        " Ground Floor (Bereich 41). Entfernen Sie eine der Zuordnungen oder lassen Sie sie nicht mitzählen.",
    );
    expect(de(SAID[7] ?? "")).toBe(
      "virtueller Zähler 3 (Losses): Die Formel nennt eine unbekannte Variable (x3). Bekannt: x1, x2.",
    );
    expect(en("virtual meter 3 (Losses): min takes 2 to 9 values (got 'min(x1)')")).toBe(
      "virtual meter 3 (Losses): min takes 2 to 9 values (min(x1))",
    );
  });

  it("stays as it was said where no text is known", () => {
    expect(de("something else is wrong")).toBe("something else is wrong");
  });
});

describe("why a stage has work", () => {
  const because = (said: string) => describeReason(said, texts(toolsDe, modelDe));

  it("is told in the reader's language", () => {
    expect(because("entered by hand")).toBe("von Hand eingetragen");
    expect(because("meter changed")).toBe("Zähler: geändert");
    expect(because("child space 4 moved")).toBe("Bereich: verschoben");
    expect(because("tbl_spaces_meters bound")).toBe("Zuordnung: hinzugefügt");
    expect(because("space 12 removed")).toBe("Bereich: entfernt");
  });

  it("stays as it was said where no text is known", () => {
    expect(because("the moon is full")).toBe("the moon is full");
  });
});
