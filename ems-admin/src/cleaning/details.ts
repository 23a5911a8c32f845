import { formatExact, useLocale } from "@ems/ui";
import { useTranslation } from "react-i18next";

const N = "[-+]?(?:\\d[\\d.]*(?:e[-+]?\\d+)?|inf|nan)";

/** A sentence of the cleaning with the names of its numbers, as a pattern; `~` is a length of time. */
function pattern(sentence: string): RegExp {
  const escaped = sentence.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) => `\\${sign}`);
  const named = escaped
    .replaceAll(/<(\w+)>/g, `(?<$1>${N})`)
    .replaceAll(/~(\w+)/g, `(?<$1>${N} (?:h|min|s))`);
  return new RegExp(`^${named}$`);
}

/** What the cleaning says of a reading, each sentence with the key of its text. */
const SENTENCES: readonly (readonly [RegExp, string])[] = (
  [
    ["<value> is below the low limit <limit>", "belowLimit"],
    ["<value> is above the high limit <limit>", "aboveLimit"],
    ["was later than the clock when it was judged", "future"],
    ["the same reading came again <ms> ms after", "cameAfter"],
    ["the same reading came <ms> ms before", "cameBefore"],
    ["no reading for ~pause, usually one every ~usual", "gap"],
    ["stands at <value>, longer than it is known to", "stands"],
    ["stood at <value>, then caught up to <after>", "stood"],
    ["first reading of the new meter: <value>", "exchange"],
    ["<low> … <high> between <before> and <after>", "between"],
    ["from <before> to <after>, wraps at <limit>", "wraps"],
    ["from <before> down to <after>", "down"],
    ["from <before> to <after>: <rate> per hour", "rate"],
    ["<value> is far above its neighbours (<low> … <high>)", "spike"],
    ["<value> is far below its neighbours (<low> … <high>)", "drop"],
    ["<value> is far below <before> before and <after> after", "notch"],
    ["<value> is far above what was before and after (<low> … <high>)", "spike"],
    ["<value> is far below what was before and after (<low> … <high>)", "drop"],
    ["<value> is far above all that is usual (<low> … <high>)", "unusuallyHigh"],
    ["<value> is far below all that is usual (<low> … <high>)", "unusuallyLow"],
    ["<value> where the neighbours' median is <median>", "median"],
    ["<value> is outside <low> … <high>", "outside"],
    ["<value> is <share>% of the neighbours' average", "average"],
    ["<value> is beyond the physical limit <limit>", "physical"],
  ] as const
).map(([sentence, key]) => [pattern(sentence), key]);

/** What may follow a sentence about a register. */
const TAILS = [
  ["; not confirmed yet", "unconfirmed"],
  ["; confirmed by what follows", "confirmed"],
] as const;

/** A number, or one with a unit of time, in the reader's way of writing. */
function localNumber(text: string, locale: string): string {
  const [number = "", unit] = text.split(" ");
  const value = Number(number);
  const shown = Number.isFinite(value) ? formatExact(value, locale) : number;
  return unit === undefined ? shown : `${shown}\u00a0${unit}`;
}

/** Why a reading was judged, in the reader's language; what is not known stays as it was said. */
export function describeDetail(
  said: string,
  locale: string,
  t: (key: string, values?: Record<string, string>) => string,
): string {
  const tail = TAILS.find(([text]) => said.endsWith(text));
  const sentence = tail ? said.slice(0, -tail[0].length) : said;
  for (const [known, key] of SENTENCES) {
    const found = known.exec(sentence);
    if (!found) continue;
    const numbers = Object.fromEntries(
      Object.entries(found.groups ?? {}).map(([name, text]) => [name, localNumber(text, locale)]),
    );
    const text = t(`quality.details.${key}`, numbers);
    return tail ? `${text}; ${t(`quality.details.${tail[1]}`)}` : text;
  }
  return said;
}

/** Says why a reading was judged. */
export function useDetails(): (said: string) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (said) => describeDetail(said, locale, t);
}
