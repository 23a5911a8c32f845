import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { modelDe } from "../src/i18n/model.de";
import { modelEn } from "../src/i18n/model.en";
import { modelZh } from "../src/i18n/model.zh";
import { toolsDe } from "../src/i18n/tools.de";
import { toolsEn } from "../src/i18n/tools.en";
import { toolsZh } from "../src/i18n/tools.zh";

/** All texts that tell data of the stages, by language. */
export const TABLES = {
  en: { tools: toolsEn, model: modelEn },
  de: { tools: toolsDe, model: modelDe },
  zh: { tools: toolsZh, model: modelZh },
};

/** Texts as i18next fills them. */
export function texts({ tools, model }: { tools: unknown; model: unknown }) {
  return (key: string, values: Record<string, string> = {}) => {
    const [space, path] = key.startsWith("model:") ? [model, key.slice("model:".length)] : [tools, key];
    const text = path
      .split(".")
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], space);
    return String(typeof text === "string" ? text : (values.defaultValue ?? key)).replaceAll(
      /\{\{(\w+)\}\}/g,
      (_, name: string) => values[name] ?? "?",
    );
  };
}

/** Key → names of the values in its text. */
function places(table: Readonly<Record<string, string>>, place: RegExp): Record<string, string[]> {
  const named = ([key, text]: [string, string]) => [
    key,
    [...text.matchAll(place)].map(([, name]) => name).sort(),
  ];
  return Object.fromEntries(Object.entries(table).map(named));
}

/** A table of English sentences of `ems_common`, as its source says it: key → sentence. */
export function catalogue(file: string, ...tables: string[]): Record<string, string> {
  const source = readFileSync(`${import.meta.dirname}/../../ems-common/src/ems_common/${file}`, "utf-8");
  const said = tables.flatMap((table) => {
    const body = new RegExp(`^${table}: [^\n]* = \\{\n(.*?)^\\}`, "ms").exec(source)?.[1] ?? "";
    return [...body.matchAll(/^ {4}"(\w+)": "(.*)",$/gm)].map(([, key, text]) => [key, text]);
  });
  return Object.fromEntries(said);
}

/** An enumeration of `ems_common`, as its source says it: its values. */
export function enumeration(file: string, name: string): string[] {
  const source = readFileSync(`${import.meta.dirname}/../../ems-common/src/ems_common/${file}`, "utf-8");
  const body = new RegExp(`^class ${name}\\(enum\\.StrEnum\\):\n(.*?)^\\S`, "ms").exec(source)?.[1] ?? "";
  return [...body.matchAll(/^ {4}[A-Z_]+ = "(.*)"$/gm)].map(([, value]) => String(value));
}

/** Expects a text for every sentence, with exactly its values, in every language, and no text beyond. */
export function expectTold(
  said: Readonly<Record<string, string>>,
  known: (tools: typeof toolsEn) => Readonly<Record<string, string>>,
): void {
  const wanted = places(said, /\{(\w+)\}/g);
  for (const [language, { tools }] of Object.entries(TABLES))
    expect(places(known(tools), /\{\{(\w+)\}\}/g), language).toEqual(wanted);
}
