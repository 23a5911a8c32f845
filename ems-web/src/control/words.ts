import { currentLanguage, type Language } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { LoopWords } from "../i18n/loop.en";

const LOADERS: Record<Language, () => Promise<LoopWords>> = {
  en: async () => (await import("../i18n/loop.en")).loopEn,
  de: async () => (await import("../i18n/loop.de")).loopDe,
  zh: async () => (await import("../i18n/loop.zh")).loopZh,
};

/** "DistanceToLimit" as words, for channels of controllers that the tables do not know. */
export function asWords(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])|_/g, "$1 $2")
    .toLowerCase()
    .replaceAll(/\b(?:soc|pv|ess|evcs|dc|ac)\b/g, (short) => short.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Complaints of controllers and faults of devices, each with the key of its text; named groups fill the text. */
const COMPLAINTS: readonly (readonly [RegExp, string])[] = [
  [/^grid mode is unknown/, "gridMode"],
  [/^grid power is unknown/, "gridPower"],
  [/^grid power, state of charge or discharge is unknown/, "inputsZero"],
  [/^state of charge is unknown, taken as below the minimum$/, "socMinimum"],
  [/^state of charge is unknown, the reserve/, "socReserve"],
  [/^state of charge is unknown, no response$/, "socNoResponse"],
  [/^the island does not hold/, "island"],
  [/^the charger is read-only$/, "readOnly"],
  [/^the temperature of the floor or of the room is unknown/, "temperature"],
  [/^the battery's (?<what>.+) is unknown: no power$/, "batteryUnknown"],
  [/^the rule writes to an unknown channel (?<what>.+)$/, "ruleChannel"],
  [/^a frequency of (?<what>\S+) Hz cannot be/, "frequency"],
  [/^(?<what>\S+\/\S+) is undefined$/, "undefined"],
  [/^(?<what>\S+\/\S+) is stale$/, "stale"],
  [/^took (?<took>\d+) ms of (?<limit>\d+) ms$/, "slow"],
  [/^took too long and was stopped$/, "stopped"],
  [/^asks for something that is no number$/, "noNumber"],
  [/^not connected yet$/, "notConnected"],
  [/^modbus (?<what>\S+): nobody answers$/, "nobody"],
  [/^modbus (?<what>\S+): not (?:connected|opened)/, "retrying"],
  [/^modbus (?<what>\S+): connection lost/, "lost"],
  [/^modbus (?<what>\S+): write to /, "unconfirmed"],
  [/^modbus (?<what>\S+): /, "silent"],
  [/^mqtt (?<what>\S+): /, "broker"],
  [/^no value of it makes sense$/, "senseless"],
  [/^it reports status (?<what>\S+)$/, "status"],
  [/^its values have stood still for (?<took>\S+) s$/, "still"],
];

/** Why a controller complains or a device is lost, in the reader's language; what is not known stays as it was said. */
export function describeComplaint(words: LoopWords, said: string): string {
  for (const [pattern, key] of COMPLAINTS) {
    const found = pattern.exec(said);
    if (!found) continue;
    const groups: Record<string, string> = { ...found.groups };
    return (words.complaints[key] ?? said).replaceAll(
      /\{\{(\w+)\}\}/g,
      (_, name: string) => groups[name] ?? "",
    );
  }
  return said;
}

/** Why a controller asks for something, in the reader's language; details are in its channels. */
export function describeWish(words: LoopWords, said: string): string {
  const shorter = [": ", " of "].map((mark) => said.split(mark, 1)[0] ?? said);
  return [said, ...shorter].map((key) => words.reasons[key]).find((text) => text !== undefined) ?? said;
}

/** The words of the control loop in the language in force; undefined while they load. */
export function useLoopWords(): LoopWords | undefined {
  // Asked for anew when the language changes.
  useTranslation();
  const language = currentLanguage();
  return useQuery({
    queryKey: ["words of the loop", language],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => LOADERS[language](),
  }).data;
}
