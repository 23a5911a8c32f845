import { formatExact, useLocale } from "@ems/ui";
import { useTranslation } from "react-i18next";

/** Why the cleaning judged a reading: the key of its text, the numbers in it, and what may follow. */
export interface Reason {
  key: string;
  numbers: Readonly<Record<string, number>>;
  note: string | null;
}

/** What the API tells of it: an English sentence, and for all but old verdicts the reason in parts. */
export interface Told {
  detail: string;
  reason: Reason | null;
}

const TIMES = [
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** A length of time in the largest unit of which there are two. */
function localSpan(seconds: number, locale: string): string {
  const [unit, size] = TIMES.find(([, one]) => seconds >= 2 * one) ?? (["second", 1] as const);
  const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, options).format(seconds / size);
}

/** Why a reading was judged, in the reader's language. */
export function describeDetail(
  told: Told,
  locale: string,
  t: (key: string, values?: Record<string, string>) => string,
): string {
  if (told.reason === null) return told.detail;
  const { key, numbers, note } = told.reason;
  const shown = Object.entries(numbers).map(([name, number]) => [
    name,
    name.endsWith("_s") ? localSpan(number, locale) : formatExact(number, locale),
  ]);
  const text = t(`quality.details.${key}`, Object.fromEntries(shown));
  return note === null ? text : `${text}; ${t(`quality.details.${note}`)}`;
}

/** Says why a reading was judged. */
export function useDetails(): (told: Told) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (told) => describeDetail(told, locale, t);
}
