import { formatSpan, IconButton, useLocale } from "@ems/ui";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Explore } from "./useExplore";

/** The series drawn: pressed to switch on and off, crossed to take away. */
export function Chips({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { data, hidden, base } = explore;
  return (
    <fieldset className="chips">
      <legend className="vh">{t("report.legend")}</legend>
      {data.lines.map((line) => (
        <span key={line.key} className="chip">
          <button
            type="button"
            className="legend__item"
            aria-pressed={!hidden.has(line.key)}
            onClick={() => explore.toggle(line.key)}
          >
            <span className="dot" style={{ ["--dot" as string]: line.color }} />
            {line.name} <small className="muted">{line.unit}</small>
          </button>
          <IconButton
            label={t("explore.remove", { name: line.name })}
            icon={<X size={14} />}
            onClick={() => explore.remove(line.token)}
          />
        </span>
      ))}
      {base && data.lines.some((line) => line.baseValues.length > 0) && (
        <span className="legend__item">
          <span className="dash dash--broken" />
          {t("chart.comparison")}: {formatSpan(base, locale)}
        </span>
      )}
    </fieldset>
  );
}
