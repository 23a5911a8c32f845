import { formatSpan, useLocale, useTheme } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useView } from "../../state/view";
import { colorOf } from "../colors";
import { isKnown, type ReportSeries } from "../model";
import type { Filter } from "./useFilter";

/** What the colours and lines mean; series can be switched off. */
export function Legend({ series, filter }: { series: readonly ReportSeries[]; filter: Filter }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const { base, span } = useView();
  const second = series.find((one) => one.second)?.second;
  const hasBase = base !== null && series.some((one) => one.baseValues.length > 0);
  const isUnknown = !series.some((one) => isKnown(one.baseValues));
  return (
    <fieldset className="legend legend--set" aria-label={t("report.legend")}>
      {series.length > 1 &&
        series.map((one) => (
          <button
            key={one.id}
            type="button"
            className="legend__item"
            aria-pressed={!filter.hidden.has(one.name)}
            onClick={() => filter.toggle(one.name)}
          >
            <span className="dot" style={{ ["--dot" as string]: colorOf(one, isDark) }} />
            {one.name}
          </button>
        ))}
      {second && (
        <>
          <span className="legend__item">
            <span className="dash" style={{ color: series[0] && colorOf(series[0], isDark) }} />
            {t("figure.averages")}
          </span>
          <span className="legend__item">
            <span className="dash" />
            {t(`figure.${second.name}`)}
          </span>
        </>
      )}
      {hasBase && (
        <span className="legend__item">
          <span className="dash dash--broken" />
          {t("chart.comparison")}: {formatSpan(base, locale, span)}
          {isUnknown && ` (${t("report.notMeasured")})`}
        </span>
      )}
    </fieldset>
  );
}
