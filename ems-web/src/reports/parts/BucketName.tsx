import { formatBucket, type Step, useLocale } from "@ems/ui";
import { useTranslation } from "react-i18next";

export interface BucketNameProps {
  stamp: string;
  step: Step;
  isRunning: boolean;
}

/** When a row of a table is of; the period that still runs says so. */
export function BucketName({ stamp, step, isRunning }: BucketNameProps) {
  const { t } = useTranslation("ui");
  const locale = useLocale();
  return (
    <>
      {formatBucket(stamp, step, locale)}
      {isRunning && <small className="tbl__note">{t("chart.partial")}</small>}
    </>
  );
}
