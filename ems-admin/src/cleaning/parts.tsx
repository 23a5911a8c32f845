import {
  type Column,
  DataTable,
  formatExact,
  formatNumber,
  Segmented,
  Skeleton,
  useLocale,
  useNow,
} from "@ems/ui";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { lastDays, useMoments } from "../model/moments";
import type { Preview, PreviewVerdict } from "./api";
import { useDetails } from "./details";

const QualityChart = lazy(() => import("./QualityChart"));

export const PERIODS = ["7", "30", "90"] as const;
export type PeriodDays = (typeof PERIODS)[number];
const TEN_MINUTES_MS = 600_000;

/** Start and end of the last days; moves on every ten minutes only, so that answers can be kept. */
export function useSpan(days: PeriodDays): { start: string; end: string } {
  const now = useNow(TEN_MINUTES_MS);
  const end = Math.ceil(now / TEN_MINUTES_MS) * TEN_MINUTES_MS;
  return useMemo(() => lastDays(Number(days), end), [days, end]);
}

export function PeriodChoice({
  value,
  onChange,
}: {
  value: PeriodDays;
  onChange: (days: PeriodDays) => void;
}) {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t("quality.period")}
      value={value}
      options={PERIODS.map((days) => ({ value: days, label: t("quality.days", { count: Number(days) }) }))}
      onChange={onChange}
    />
  );
}

/** The name of a rule in the user's language. */
export function useRuleName(): (rule: string) => string {
  const { t } = useTranslation("model");
  return (rule) => t(`choice.${rule}`, { defaultValue: rule.replaceAll("_", " ") });
}

/** Rule by rule: how often it speaks now, and how often it would. */
function Counts({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const nameOf = useRuleName();
  const rules = [...new Set([...Object.keys(preview.counts_now), ...Object.keys(preview.counts)])].toSorted();
  if (rules.length === 0) return <p className="muted">{t("quality.noVerdicts")}</p>;
  const columns: Column<string>[] = [
    { key: "rule", title: t("quality.rule"), cell: nameOf },
    {
      key: "now",
      title: t("quality.now"),
      right: true,
      cell: (rule) => formatNumber(preview.counts_now[rule] ?? 0, locale),
    },
    {
      key: "then",
      title: t("quality.would"),
      right: true,
      cell: (rule) => formatNumber(preview.counts[rule] ?? 0, locale),
    },
  ];
  return <DataTable caption={t("quality.counts")} columns={columns} rows={rules} rowKey={(rule) => rule} />;
}

/** What rules say of a period: figures, picture, and each verdict with its reason. */
export function PreviewView({ preview, unit }: { preview: Preview; unit: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const moments = useMoments();
  const nameOf = useRuleName();
  const detailOf = useDetails();
  const columns: Column<PreviewVerdict>[] = [
    { key: "utc", title: t("quality.time"), cell: (row) => moments.full(row.utc), sort: (row) => row.utc },
    {
      key: "value",
      title: t("quality.value"),
      right: true,
      cell: (row) => formatExact(row.value, locale),
      sort: (row) => row.value,
    },
    {
      key: "rule",
      title: t("quality.rule"),
      cell: (row) => (
        <span className={`badge ${row.is_bad ? "badge--critical" : "badge--warning"}`}>
          {nameOf(row.rule)}
        </span>
      ),
      sort: (row) => row.rule,
    },
    {
      key: "detail",
      title: t("quality.detail"),
      cell: (row) => <span className="wrap">{detailOf(row)}</span>,
    },
  ];
  return (
    <div className="stack">
      <p>
        {t("quality.summary", {
          readings: formatNumber(preview.readings, locale),
          now: formatNumber(preview.bad_now, locale),
          would: formatNumber(preview.bad, locale),
        })}{" "}
        {preview.estimated > 0 && t("quality.summaryFilled", { count: preview.estimated })}
      </p>
      {preview.shown.length > 0 && (
        <Suspense fallback={<Skeleton height={300} />}>
          <QualityChart preview={preview} unit={unit} />
        </Suspense>
      )}
      <Counts preview={preview} />
      {preview.verdicts.length > 0 && (
        <DataTable
          caption={t("quality.verdicts")}
          columns={columns}
          rows={preview.verdicts}
          rowKey={(row) => `${row.utc}-${row.rule}`}
          maxHeight={360}
        />
      )}
    </div>
  );
}
