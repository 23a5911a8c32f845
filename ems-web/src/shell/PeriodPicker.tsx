import {
  Button,
  COMPARES,
  DAY,
  formatSpan,
  IconButton,
  type PeriodSpec,
  Popover,
  PRESET_NAMES,
  parseLocal,
  Segmented,
  type Span,
  shift,
  toIsoDate,
  useLocale,
} from "@ems/ui";
import { CalendarDays, ChevronDown, ChevronLeft, ChevronRight } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSite } from "../state/site";
import { stepped, useView } from "../state/view";

const MS_FOR_END = 1;

interface CustomPeriodProps {
  span: Span;
  onApply: (span: Span) => void;
  label?: string;
}

/** Two dates that make a span; the last day is included. */
function CustomPeriod({ span, onApply, label }: CustomPeriodProps) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(toIsoDate(span.start));
  const [to, setTo] = useState(toIsoDate(span.end - MS_FOR_END));
  const start = parseLocal(from);
  const end = parseLocal(to) + DAY;
  const isValid = start < end;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isValid) onApply({ start, end });
  };
  return (
    <form className="period-custom" onSubmit={submit} aria-label={label}>
      <label className="field">
        <span className="field__label">{t("period.from")}</span>
        <input
          className="input"
          type="date"
          required
          value={from}
          onChange={(e) => setFrom(e.target.value)}
        />
      </label>
      <label className="field">
        <span className="field__label">{t("period.to")}</span>
        <input
          className="input"
          type="date"
          required
          min={from}
          value={to}
          onChange={(e) => setTo(e.target.value)}
        />
      </label>
      <Button type="submit" disabled={!isValid}>
        {t("period.apply")}
      </Button>
    </form>
  );
}

function PeriodPanel({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const view = useView();
  const { timeZone } = useSite();
  const { spec, change, step, steps, isAutoStep, compare } = view;
  const current = "preset" in spec ? spec.preset : null;
  const apply = (next: PeriodSpec) => {
    change({ spec: next });
    close();
  };
  return (
    <div className="period-panel">
      <ul className="period-presets" aria-label={t("period.presets")}>
        {PRESET_NAMES.map((preset) => (
          <li key={preset}>
            <button
              type="button"
              className="menu__item"
              aria-current={preset === current}
              data-autofocus={preset === current || undefined}
              onClick={() => apply({ preset })}
            >
              {t(`period.preset.${preset}`)}
            </button>
          </li>
        ))}
      </ul>
      <div className="period-side">
        <CustomPeriod key={`${view.span.start}-${view.span.end}`} span={view.span} onApply={apply} />
        <div className="period-option">
          <span className="field__label">{t("period.step")}</span>
          <Segmented
            label={t("period.step")}
            value={isAutoStep ? "auto" : step}
            options={[
              {
                value: "auto" as const,
                label: t("period.auto"),
                hint: t("period.autoHint", { step: t(`step.${step}`) }),
              },
              ...steps.map((value) => ({ value, label: t(`step.${value}`) })),
            ]}
            onChange={(value) => change({ step: value })}
          />
        </div>
        <div className="period-option">
          <span className="field__label">{t("period.compare")}</span>
          <Segmented
            label={t("period.compare")}
            value={compare}
            options={COMPARES.map((value) => ({ value, label: t(`compare.${value}`) }))}
            onChange={(value) =>
              change({ compare: value === "custom" ? (view.base ?? shift(view.span, -1)) : value })
            }
          />
          {compare === "custom" && view.base && (
            <CustomPeriod
              key={`${view.base.start}-${view.base.end}`}
              label={t("period.base")}
              span={view.base}
              onApply={(span) => change({ compare: span })}
            />
          )}
        </div>
        <p className="muted period-zone">{t("period.zone", { zone: timeZone })}</p>
      </div>
    </div>
  );
}

/** When: the period, its resolution and what it is compared with. */
export function PeriodPicker() {
  const { t } = useTranslation();
  const locale = useLocale();
  const view = useView();
  const { span, spec, compare, base, change, now } = view;
  const isLatest = span.end > now;
  const name = "preset" in spec ? t(`period.preset.${spec.preset}`) : formatSpan(span, locale);
  return (
    <div className="period">
      <IconButton
        label={t("period.earlier")}
        icon={<ChevronLeft size={18} className="flip" />}
        onClick={() => change(stepped(view, -1))}
      />
      <Popover
        label={t("period.choose")}
        width={620}
        button={(props) => (
          <button type="button" className="btn picker" title={t("period.choose")} {...props}>
            <CalendarDays size={16} aria-hidden="true" />
            <span className="picker__text">{name}</span>
            {"preset" in spec && <span className="picker__sub">{formatSpan(span, locale)}</span>}
            {compare !== "none" && (
              <span className="picker__sub picker__cmp">
                {compare === "custom" && base
                  ? t("compare.short.custom", { span: formatSpan(base, locale) })
                  : t(`compare.short.${compare}`)}
              </span>
            )}
            <ChevronDown size={14} aria-hidden="true" />
          </button>
        )}
      >
        {(close) => <PeriodPanel close={close} />}
      </Popover>
      <IconButton
        label={t("period.later")}
        icon={<ChevronRight size={18} className="flip" />}
        disabled={isLatest}
        onClick={() => change(stepped(view, 1))}
      />
    </div>
  );
}
