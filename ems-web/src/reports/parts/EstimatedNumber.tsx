import { useTranslation } from "react-i18next";

/** A number of a table; one that holds estimated hours has a mark before it and says so. */
export function EstimatedNumber({ text, isEstimated }: { text: string; isEstimated: boolean }) {
  const { t } = useTranslation("ui");
  if (!isEstimated) return text;
  return (
    <span className="estimated" title={t("chart.estimated")}>
      <span aria-hidden="true">≈ </span>
      {text}
      <span className="vh"> {t("chart.estimated")}</span>
    </span>
  );
}
