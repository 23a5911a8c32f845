import { ApiError } from "../api/errors";
import { currentLanguage } from "./setup";

/** The part of i18next's `t` that is needed here. */
export type Translate = (key: string, options?: Record<string, unknown>) => string;

/** Patterns of error keys; the first group names a thing (`METER`, `COST_CENTER_ID`). */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^API\.(.+)_NAME_IS_ALREADY_IN_USE$/, "error.nameInUse"],
  [/^API\.(.+)_IS_ALREADY_IN_USE$/, "error.inUse"],
  [/^API\.THERE_IS_RELATION_WITH_(.+)$/, "error.hasRelation"],
  [/^API\.(.+)_RELATION_EXISTS$/, "error.relationExists"],
  [/^API\.(.+)_RELATION_NOT_FOUND$/, "error.relationMissing"],
  [/^API\.(.+)_NOT_FOUND$/, "error.notFound"],
  [/^API\.INVALID_(.+)$/, "error.invalid"],
];

/** Errors whose reason only the API's own sentence tells. */
const WITH_DETAIL = new Set([
  "API.ORDER_REFUSED",
  "ORDER_REFUSED",
  "API.INVALID_SCHEDULE",
  "API.INVALID_CLEANING_RULE_PARAMETERS",
  "API.INVALID_PRIVILEGE_DATA",
  "API.INVALID_RULES",
  "API.INVALID_SITE_ARCHIVE",
  "API.INVALID_TERMS",
]);

/** `COST_CENTER_ID` → "cost center". */
export function humanise(code: string): string {
  return code
    .replace(/_(ID|VALUE|UUID)$/, "")
    .replaceAll("_", " ")
    .toLowerCase();
}

function sentence(code: string): string {
  const words = humanise(code.replace(/^API\./, ""));
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A thing named in an error key, in the user's language where it is known. */
function thing(code: string, t: Translate): string {
  const plain = code.replace(/_(ID|VALUE|UUID)$/, "");
  return t(`thing.${plain}`, { defaultValue: humanise(plain) });
}

/** The text of an API error key. */
export function translateKey(key: string, t: Translate): string {
  const exact = t(`apiError.${key.replace(/^API\./, "")}`, { defaultValue: "" });
  if (exact) return exact;
  for (const [pattern, template] of PATTERNS) {
    const code = pattern.exec(key)?.[1];
    if (code) return t(template, { thing: thing(code, t) });
  }
  return sentence(key);
}

/** What happened, in a sentence for the user. */
export function describeError(error: unknown, t: Translate): string {
  if (!(error instanceof ApiError)) return t("error.unexpected");
  if (error.kind === "network") return t("error.network");
  if (error.key) {
    const text = translateKey(error.key, t);
    return error.detail && WITH_DETAIL.has(error.key) ? `${text} (${error.detail})` : text;
  }
  if (error.kind === "unsupported") return t("error.unsupported");
  if (error.kind === "server") return t("error.server", { status: error.status });
  return t("error.unexpected");
}

/**
 * What went wrong with something that the API did later, as it stored it: `API.METER_NOT_FOUND`, or with a
 * sentence of its own behind a colon. That sentence is English, so only who reads English gets it.
 */
export function describeStored(said: string, t: Translate): string {
  const [, key = "", detail = ""] = /^((?:API\.)?[A-Z][A-Z0-9_]*)(?:: (.*))?$/s.exec(said) ?? [];
  if (!key) return currentLanguage() === "en" ? said : t("error.unexpected");
  const text = translateKey(key, t);
  return detail && detail !== key && currentLanguage() === "en" ? `${text} (${detail})` : text;
}
