import { formatNumber, formatPercent, useLocale, useNow } from "@ems/ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMoments } from "../model/moments";
import { type Stage, upToNow } from "./state";

export type Tone = "good" | "warning" | "critical" | "";

export interface CardFact {
  name: string;
  value: ReactNode;
}

/** What one daemon does, in the shape that all share: name, state, the figure that counts, details. */
export function DaemonCard({
  title,
  state,
  tone,
  headline,
  sub,
  facts,
  children,
}: {
  title: string;
  state: string;
  tone: Tone;
  headline: ReactNode;
  sub?: ReactNode;
  facts: readonly CardFact[];
  children?: ReactNode;
}) {
  return (
    <section className="card daemon" aria-label={title}>
      <div className="daemon__head">
        <h2 className="card__title">{title}</h2>
        <span className={`badge ${tone ? `badge--${tone}` : ""}`}>{state}</span>
      </div>
      <p className="daemon__headline">{headline}</p>
      {sub && <p className="muted daemon__sub">{sub}</p>}
      {children}
      <dl className="daemon__facts">
        {facts.map((fact) => (
          <div key={fact.name}>
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** A bar with its share in words beside it. */
export function Progress({ ratio, text, label }: { ratio: number; text: string; label: string }) {
  return (
    <div className="progress">
      <div
        className="progress__track"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(ratio * 100)}
      >
        <span className="progress__fill" style={{ inlineSize: `${Math.min(1, ratio) * 100}%` }} />
      </div>
      <span className="muted">{text}</span>
    </div>
  );
}

const TONES: Record<Stage["state"], Tone> = { working: "warning", ready: "good", away: "critical" };

/** One stage of the pipeline. */
export function StageCard({ stage }: { stage: Stage }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const moments = useMoments();
  const now = useNow(10_000);
  const isRunning = stage.watermark !== null && Date.parse(stage.watermark) > now;
  const isBusy = stage.state === "working" && stage.dirty_windows > 0;
  const step = stage.step ? t(`pipeline.steps.${stage.step}`, { defaultValue: stage.step }) : "";
  const remaining =
    stage.remaining_s === null ? "" : t("pipeline.remaining", { time: moments.duration(stage.remaining_s) });
  return (
    <DaemonCard
      title={t(`pipeline.stage.${stage.name}`)}
      state={t(`pipeline.state.${stage.state}`)}
      tone={stage.state === "working" && !isBusy ? "good" : TONES[stage.state]}
      headline={stage.watermark ? moments.short(upToNow(stage.watermark, now)) : t("pipeline.nothingYet")}
      sub={t(isRunning ? "pipeline.running" : "pipeline.through")}
      facts={[
        { name: t("pipeline.open"), value: formatNumber(stage.dirty_windows, locale) },
        {
          name: t("pipeline.lastPass"),
          value: stage.last_pass
            ? t("pipeline.passText", {
                age: moments.age(stage.last_pass.ended, now),
                time: moments.duration(stage.last_pass.seconds ?? 0),
              })
            : t("pipeline.never"),
        },
        { name: t("pipeline.instance"), value: stage.instance ?? t("pipeline.nobody") },
      ]}
    >
      {isBusy && stage.done_ratio !== null && (
        <Progress
          ratio={stage.done_ratio}
          label={t("pipeline.progressOf", { stage: t(`pipeline.stage.${stage.name}`) })}
          text={[step, formatPercent(stage.done_ratio, locale), remaining].filter(Boolean).join(" · ")}
        />
      )}
    </DaemonCard>
  );
}
