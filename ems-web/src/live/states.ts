import { useTranslation } from "react-i18next";

/** What the numbers of a state mean: words by number, or words of its bits. */
export interface Meanings {
  words: Readonly<Record<string, string>>;
  flags: Readonly<Record<string, string>> | null;
}

type Translate = (key: string, options: { defaultValue: string }) => string;

function asWords(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(pairs);
}

/** The meanings that people entered for a point; null for a value that is measured. */
export function readMeanings(definitions: string | null | undefined): Meanings | null {
  if (definitions === null || definitions === undefined) return null;
  let entered: unknown = {};
  try {
    entered = JSON.parse(definitions || "{}");
  } catch {
    // What was entered is no JSON: then nothing is known of the numbers.
  }
  const flags = asWords((entered as { flags?: unknown } | null)?.flags);
  return { words: asWords(entered), flags: Object.keys(flags).length > 0 ? flags : null };
}

/** A word as the site has it, in the reader's language where it is a usual one. */
function translated(word: string, t: Translate): string {
  const key = word
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_");
  return t(`deviceState.${key}`, { defaultValue: word });
}

/** What a state is now, in a word; null when nobody said what the number means. */
export function stateText(meanings: Meanings, value: number, t: Translate): string | null {
  if (meanings.flags) {
    const set = Object.entries(meanings.flags).filter(
      ([bit]) => Math.floor(value / 2 ** Number(bit)) % 2 === 1,
    );
    return (
      set.map(([, word]) => translated(word, t)).join(", ") || t("deviceState.none", { defaultValue: "–" })
    );
  }
  const word = meanings.words[String(value)];
  return word === undefined ? null : translated(word, t);
}

/** Says what a state is; null for a measured value, and for a number that nobody explained. */
export function useStateText() {
  const { t } = useTranslation();
  return (definitions: string | null | undefined, value: number | null): string | null => {
    const meanings = readMeanings(definitions);
    return meanings && value !== null ? stateText(meanings, value, t) : null;
  };
}
