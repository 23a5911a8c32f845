import { useNow } from "@ems/ui";
import { CircleCheck, CircleX, LoaderCircle, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMoments } from "../model/moments";
import { type Health, judge, type Pipeline } from "./state";

const ICONS: Record<Health, ReactNode> = {
  current: <CircleCheck size={22} aria-hidden="true" />,
  working: <LoaderCircle size={22} aria-hidden="true" />,
  behind: <TriangleAlert size={22} aria-hidden="true" />,
  away: <CircleX size={22} aria-hidden="true" />,
};

/** Whether the figures are current, in a sentence that can be read across a room. */
export function Headline({ pipeline, action }: { pipeline: Pipeline; action?: ReactNode }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const now = useNow(10_000);
  const verdict = judge(pipeline, now);
  const stage = verdict.stage ? t(`pipeline.stage.${verdict.stage}`) : "";
  const through = verdict.through ? moments.short(verdict.through) : t("pipeline.nothingYet");
  return (
    <section
      className={`verdict verdict--${verdict.health}`}
      aria-live="polite"
      aria-label={t("pipeline.verdict")}
    >
      {ICONS[verdict.health]}
      <div>
        <p className="verdict__title">{t(`pipeline.health.${verdict.health}`, { stage })}</p>
        <p>
          {t(`pipeline.healthText.${verdict.health}`, { stage, through })}
          {verdict.remainingS !== null &&
            ` (${t("pipeline.remaining", { time: moments.duration(verdict.remainingS) })})`}
        </p>
      </div>
      {action && <span className="verdict__action">{action}</span>}
    </section>
  );
}
