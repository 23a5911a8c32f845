import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { de as adminDe } from "../../ems-admin/src/i18n/de";
import { en as adminEn } from "../../ems-admin/src/i18n/en";
import { modelDe } from "../../ems-admin/src/i18n/model.de";
import { modelEn } from "../../ems-admin/src/i18n/model.en";
import { modelZh } from "../../ems-admin/src/i18n/model.zh";
import { zh as adminZh } from "../../ems-admin/src/i18n/zh";
import { de as uiDe } from "../packages/ui/src/i18n/de";
import { en as uiEn } from "../packages/ui/src/i18n/en";
import type { Texts } from "../packages/ui/src/i18n/setup";
import { zh as uiZh } from "../packages/ui/src/i18n/zh";
import { de as webDe } from "../src/i18n/de";
import { en as webEn } from "../src/i18n/en";
import { loopDe } from "../src/i18n/loop.de";
import { loopEn } from "../src/i18n/loop.en";
import { loopZh } from "../src/i18n/loop.zh";
import { zh as webZh } from "../src/i18n/zh";
import { ENTITIES, REPORTS } from "../src/reports/declarations";

function flatten(texts: Texts, prefix = ""): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") out.set(prefix + key, value);
    else for (const [k, v] of flatten(value, `${prefix}${key}.`)) out.set(k, v);
  }
  return out;
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? "").toSorted();
}

const CATALOGUES: readonly (readonly [string, Texts, Texts])[] = [
  ["ui zh", uiEn, uiZh],
  ["ui de", uiEn, uiDe],
  ["web zh", webEn, webZh],
  ["web de", webEn, webDe],
  ["loop zh", loopEn, loopZh],
  ["loop de", loopEn, loopDe],
  ["admin zh", adminEn, adminZh],
  ["admin de", adminEn, adminDe],
  ["model zh", modelEn, modelZh],
  ["model de", modelEn, modelDe],
];

describe.each(CATALOGUES)("texts of %s", (_name, reference, other) => {
  const wanted = flatten(reference);
  const found = flatten(other);

  it("has exactly the keys of the reference", () => {
    expect([...found.keys()].toSorted()).toEqual([...wanted.keys()].toSorted());
  });

  it("leaves no text empty and keeps every placeholder", () => {
    for (const [key, text] of wanted) {
      const translated = found.get(key) ?? "";
      if (text !== "") expect(translated, key).not.toBe("");
      expect(placeholders(translated), key).toEqual(placeholders(text));
    }
  });
});

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.endsWith("i18n"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

/** Keys that the code asks for by a literal. */
function usedKeys(folder: string): string[] {
  return sources(folder).flatMap((text) =>
    [...text.matchAll(/\bt(?:Admin)?\(\s*"([a-z][\w.-]+)"/gi)].map((match) => match[1] ?? ""),
  );
}

describe("keys in the code", () => {
  const root = join(import.meta.dirname, "..", "..");
  const ui = new Set(flatten(uiEn).keys());
  const has = (keys: ReadonlySet<string>, key: string) =>
    keys.has(key) || keys.has(`${key}_other`) || ui.has(key);

  it.each([
    ["ems-web/packages/ui/src", uiEn],
    ["ems-web/src", webEn],
    ["ems-admin/src", adminEn],
  ] as const)("of %s all have a text", (folder, texts) => {
    const known = new Set(flatten(texts).keys());
    const model = new Set(flatten(modelDe).keys());
    const missing = usedKeys(join(root, folder)).filter((key) => !has(known, key) && !model.has(key));
    expect(missing).toEqual([]);
  });

  it("built from the declarations all have a text", () => {
    const known = new Set(flatten(webEn).keys());
    for (const { kind } of REPORTS) {
      for (const part of ["name", "title", "question", "chart"])
        expect(known).toContain(`report.${kind}.${part}`);
    }
    for (const { kind } of ENTITIES) {
      for (const part of ["name", "plural"]) expect(known).toContain(`entity.${kind}.${part}`);
    }
  });
});

describe("text that users see", () => {
  const root = join(import.meta.dirname, "..", "..");
  /** Names that are the same in every language. */
  const NAMES = new Set(["EMS", "CSV", "Excel", "EN 50160"]);

  it.each(["ems-web/packages/ui/src", "ems-web/src"])("of %s comes from the catalogues", (folder) => {
    const literal: string[] = [];
    for (const text of sources(join(root, folder))) {
      for (const match of text.matchAll(
        /<\/?[A-Za-z][\w.]*(?:\s[^<>]*)?>\s*([A-Z][A-Za-z][^<>{}\n]*?)\s*<\//g,
      ))
        literal.push(match[1] ?? "");
      for (const match of text.matchAll(
        /\b(?:aria-label|title|placeholder|alt|label|question|sub)="([A-Za-z][^"]*)"/g,
      ))
        literal.push(match[1] ?? "");
    }
    expect(literal.filter((text) => !NAMES.has(text))).toEqual([]);
  });
});
