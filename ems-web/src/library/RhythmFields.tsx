import { Field, useLocale } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { fromCron, LAST_DAY, RHYTHM_KINDS, type Rhythm, toCron, WEEKDAYS, weekdayName } from "./rhythm";
import { SelectField } from "./SelectField";

const MORNING = "06:00";

function withKind(rhythm: Rhythm, kind: string): Rhythm {
  const time = rhythm.kind === "cron" ? MORNING : rhythm.time;
  if (kind === "weekly") return { kind, time, weekday: 1 };
  if (kind === "monthly") return { kind, time, day: 1 };
  if (kind === "cron") return { kind, expression: toCron(rhythm) };
  return { kind: "daily", time };
}

/** When a schedule is due, in words or as an expression. */
export function RhythmFields({ rhythm, onChange }: { rhythm: Rhythm; onChange: (rhythm: Rhythm) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <>
      <SelectField
        label={t("library.rhythm")}
        value={rhythm.kind}
        options={RHYTHM_KINDS.map((kind) => ({ value: kind, text: t(`library.rhythms.${kind}`) }))}
        onChange={(kind) => onChange(withKind(rhythm, kind))}
      />
      {rhythm.kind === "weekly" && (
        <SelectField
          label={t("library.weekday")}
          value={String(rhythm.weekday)}
          options={WEEKDAYS.map((day) => ({ value: String(day), text: weekdayName(day, locale) }))}
          onChange={(day) => onChange({ ...rhythm, weekday: Number(day) })}
        />
      )}
      {rhythm.kind === "monthly" && (
        <SelectField
          label={t("library.day")}
          value={String(rhythm.day)}
          options={Array.from({ length: LAST_DAY }, (_, i) => ({
            value: String(i + 1),
            text: String(i + 1),
          }))}
          onChange={(day) => onChange({ ...rhythm, day: Number(day) })}
        />
      )}
      {rhythm.kind === "cron" ? (
        <Field
          label={t("library.expression")}
          required
          spellCheck={false}
          placeholder="30 7 * * 1-5"
          value={rhythm.expression}
          onChange={(event) => onChange({ ...rhythm, expression: event.target.value })}
        />
      ) : (
        <Field
          label={t("library.time")}
          type="time"
          required
          value={rhythm.time}
          onChange={(event) => onChange({ ...rhythm, time: event.target.value })}
        />
      )}
    </>
  );
}

/** A rhythm in words. */
export function useRhythmText(): (expression: string) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (expression) => {
    const rhythm = fromCron(expression);
    if (rhythm.kind === "cron") return rhythm.expression;
    if (rhythm.kind === "weekly") {
      return t("library.every.weekly", {
        time: rhythm.time,
        weekday: weekdayName(rhythm.weekday, locale),
      });
    }
    if (rhythm.kind === "monthly") return t("library.every.monthly", { time: rhythm.time, day: rhythm.day });
    return t("library.every.daily", { time: rhythm.time });
  };
}
