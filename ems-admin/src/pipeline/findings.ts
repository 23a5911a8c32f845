import { formatExact, useLocale } from "@ems/ui";
import { useTranslation } from "react-i18next";

/** Something that people have entered; its name is "" where it has none. */
export interface Thing {
  type: "thing";
  kind: string;
  id: number;
  name: string;
}

/** A word that differs from language to language. */
export interface Word {
  type: "word";
  word: string;
}

type One = string | Word | Thing;

/** A sentence, or its part: the key of its text and what is filled into it. */
export interface Phrase {
  key: string;
  values: Readonly<Record<string, number | One | readonly One[]>>;
}

/** What the API tells of a finding: an English sentence, and for all but old ones its parts. */
export interface Told {
  message: string;
  data: { what: Phrase; where: readonly Thing[]; advice: Phrase | null } | null;
}

/** What a text is called and what is filled into it, and back the text. */
export type Translate = (key: string, values?: Record<string, string>) => string;

/** What a stage found, in the reader's language. */
export function describeFinding({ message, data }: Told, locale: string, t: Translate): string {
  if (data === null) return message;
  const one = (item: number | One): string => {
    if (typeof item === "number") return formatExact(item, locale);
    if (typeof item === "string") return item;
    if (item.type === "word") return t(`pipeline.said.words.${item.word}`);
    const plain = `${t(`model:choice.${item.kind}`, { defaultValue: item.kind })} ${item.id}`;
    return item.name ? `${item.name} (${plain})` : plain;
  };
  const phrase = ({ key, values }: Phrase): string => {
    const shown = Object.entries(values).map(([name, value]) => [name, [value].flat().map(one).join(", ")]);
    return t(`pipeline.said.texts.${key}`, Object.fromEntries(shown));
  };
  const said = phrase(data.what);
  const where = data.where.map(one).join(", ");
  const what = where ? t("pipeline.said.placed", { where, what: said }) : said;
  return data.advice ? t("pipeline.said.advised", { what, advice: phrase(data.advice) }) : what;
}

/** Says what a stage found. */
export function useFindingText(): (told: Told) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (told) => describeFinding(told, locale, t);
}
