import { formatPercent, useLocale } from "@ems/ui";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { DataQuality, PartShare } from "../model";

const KINDS = ["missing", "estimated", "incomplete", "provisional"] as const;
/** Shares below this are not worth a word. */
const LEAST_SHARE = 0.0005;

const MOST_NAMED = 2;

/** Which categories it is, the worst first; "" when there are no several, or when it is much the same of all. */
function named(parts: readonly PartShare[] | undefined, locale: string): string {
  const some = (parts ?? [])
    .filter((part) => part.share >= LEAST_SHARE)
    .toSorted((a, b) => b.share - a.share);
  const [worst, best] = [some[0]?.share ?? 0, Math.min(...(parts ?? []).map((part) => part.share))];
  if (some.length === 0 || best > worst / 2) return "";
  const list = some.slice(0, MOST_NAMED).map((part) => `${part.name} ${formatPercent(part.share, locale)}`);
  return some.length > MOST_NAMED ? `${list.join(", ")} …` : list.join(", ");
}

/** How far the numbers can be relied upon: which shares of the hours are missing, estimated or not final. */
export function QualityNote({ quality, isForecast = false }: { quality: DataQuality; isForecast?: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (KINDS.every((kind) => quality[kind] === null)) return null;
  const doubts = KINDS.filter((kind) => (quality[kind] ?? 0) >= LEAST_SHARE);
  // What is predicted was not measured, however complete it is.
  if (doubts.length === 0 && isForecast) return null;
  if (doubts.length === 0) {
    return (
      <p className="quality quality--good">
        <CircleCheck size={14} aria-hidden="true" /> {t("dataQuality.good")}
      </p>
    );
  }
  return (
    <p className="quality">
      <TriangleAlert size={14} aria-hidden="true" />
      <span className="quality__list">
        {doubts.map((kind) => (
          <span key={kind} title={t(`dataQuality.${kind}Hint`)}>
            {t(`dataQuality.${kind}`, {
              share:
                (kind !== "provisional" && named(quality.parts?.[kind], locale)) ||
                formatPercent(quality[kind], locale),
            })}
          </span>
        ))}
      </span>
    </p>
  );
}
