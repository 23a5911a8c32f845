import { currentLanguage, formatExactWithUnit, type Language, NO_DATA } from "@ems/ui";
import type { SettingWords } from "../i18n/settings.en";
import type { ControllerSettings, Property } from "./edge";
import { READABLE } from "./values";
import { asWords } from "./words";

export type Kind = "number" | "flag" | "choice" | "text" | "structure";

/** A property as its form shows it: in the unit that people read, as text. */
export interface Setting {
  name: string;
  kind: Kind;
  label: string;
  /** What the control says of it, in English. */
  help: string;
  unit: string;
  /** What a value is multiplied by to be read. */
  factor: number;
  property: Property;
  choices: readonly { value: string; text: string }[];
  /** How it is set now, as its field shows it. */
  text: string;
  /** Whether it names devices, channels or lists: what is wired once, not what is set from day to day. */
  isWiring: boolean;
}

const WORDS: Record<Language, () => Promise<SettingWords>> = {
  en: async () => (await import("../i18n/settings.en")).settingsEn,
  de: async () => (await import("../i18n/settings.de")).settingsDe,
  zh: async () => (await import("../i18n/settings.zh")).settingsZh,
};

/** The words of settings in the language in force; English names are made of the settings' own. */
export function loadSettingWords(): Promise<SettingWords> {
  return WORDS[currentLanguage()]();
}

function kindOf(property: Property): Kind {
  if (property.enum) return "choice";
  const types = [property.type].flat();
  if (types.includes("boolean")) return "flag";
  if (types.includes("number") || types.includes("integer")) return "number";
  return types.includes("string") ? "text" : "structure";
}

/** A number times a factor without the dust of binary fractions. */
function scaled(value: number, factor: number): number {
  return Number((value * factor).toPrecision(12));
}

function toText(value: unknown, kind: Kind, factor: number): string {
  if (value === null || value === undefined) return "";
  if (kind === "number" && typeof value === "number") return String(scaled(value, factor));
  if (kind === "structure") return value === "" ? "" : JSON.stringify(value, null, 1);
  return String(value);
}

/** The settings of a controller in the order in which it declares them. */
export function toSettings(
  { schema, values }: ControllerSettings,
  { labels, choices }: SettingWords,
  states: Readonly<Record<string, string>>,
  flags: Readonly<Record<"true" | "false", string>>,
): Setting[] {
  return Object.entries(schema.properties).map(([name, property]) => {
    const kind = kindOf(property);
    const given = property["x-unit"] ?? "";
    const [factor, unit] = kind === "number" ? (READABLE[given] ?? [1, given]) : [1, given];
    return {
      name,
      kind,
      label: labels[name] ?? asWords(name),
      help: property.description ?? "",
      unit,
      factor,
      property,
      choices: (kind === "flag" ? ["true", "false"] : (property.enum ?? [])).map((value) => ({
        value,
        text:
          kind === "flag" ? flags[value as keyof typeof flags] : (choices[value] ?? states[value] ?? value),
      })),
      text: toText(values[name], kind, factor),
      isWiring: kind === "structure" || /_ids?$|address|channel/i.test(name),
    };
  });
}

/** Thrown for a text that is no value of its setting. */
export class NoValue extends Error {}

/** The value that a text stands for. */
export function fromText({ kind, factor, property }: Setting, text: string): unknown {
  if (kind === "flag") return text === "true";
  if (kind === "number") {
    if (text.trim() === "") {
      if ([property.type].flat().includes("null")) return null;
      throw new NoValue();
    }
    const value = Number(text);
    if (!Number.isFinite(value)) throw new NoValue();
    return scaled(value, 1 / factor);
  }
  if (kind === "structure" && text.trim() !== "") {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new NoValue();
    }
  }
  return text;
}

/** A setting as a sentence says it. */
export function spoken(setting: Setting, text: string, locale: string): string {
  const choice = setting.choices.find((one) => one.value === text);
  if (choice) return choice.text;
  if (text.trim() === "") return NO_DATA;
  if (setting.kind === "number") return formatExactWithUnit(Number(text), setting.unit, locale);
  return text;
}

/** The texts that the site's configuration stands for. */
export function fileTexts(
  settings: readonly Setting[],
  file: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const given = settings.filter(({ name }) => name in file);
  return Object.fromEntries(given.map(({ name, kind, factor }) => [name, toText(file[name], kind, factor)]));
}

/** The settings whose text is another one now. */
export function changed(settings: readonly Setting[], texts: Readonly<Record<string, string>>): Setting[] {
  return settings.filter((one) => texts[one.name] !== undefined && texts[one.name] !== one.text);
}
