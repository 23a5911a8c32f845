import { useTranslation } from "react-i18next";
import type { Translate } from "./findings";

/** `meter changed`, `child space 4 moved`, `tbl_spaces_meters bound`, as the API notes a change. */
const CHANGE = /^(?:child )?(?<what>[a-z_]+)(?: \d+)? (?<verb>created|removed|changed|bound|unbound|moved)$/;

/** Why a stage has work, in the reader's language; what is not known stays as it was said. */
export function describeReason(said: string, t: Translate): string {
  const text = t(`pipeline.reasons.${said}`, { defaultValue: "" });
  if (text) return text;
  const { what = "", verb = "" } = CHANGE.exec(said)?.groups ?? {};
  if (!what) return said;
  const thing = what.startsWith("tbl_")
    ? t("pipeline.reasonOf.binding")
    : t(`model:choice.${what}`, { defaultValue: what.replaceAll("_", " ") });
  return t(`pipeline.reasonOf.${verb}`, { thing });
}

/** Says why a stage has work. */
export function useReasonText(): (said: string) => string {
  const { t } = useTranslation();
  return (said) => describeReason(said, t);
}
