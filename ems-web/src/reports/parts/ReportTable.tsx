import { type Column, DataTable, displayUnit, formatBucket, formatExact, type Step } from "@ems/ui";
import { useTranslation } from "react-i18next";
import type { ReportSeries } from "../model";

export interface ReportTableProps {
  series: readonly ReportSeries[];
  step: Step;
  locale: string;
  caption: string;
  /** Whether the buckets add up to the total of the series. */
  isAdditive: boolean;
}

interface Row {
  index: number;
  stamp: string;
}

/** The values behind the chart, exact, with their totals. */
export function ReportTable({ series, step, locale, caption, isAdditive }: ReportTableProps) {
  const { t } = useTranslation();
  const stamps = series[0]?.stamps ?? [];
  const rows: Row[] = stamps.map((stamp, index) => ({ index, stamp }));
  const columns: Column<Row>[] = [
    {
      key: "time",
      title: t("chart.time"),
      cell: (row) => formatBucket(row.stamp, step, locale),
      foot: isAdditive ? t("figure.total") : undefined,
    },
  ];
  for (const one of series) {
    columns.push({
      key: `v${one.id}`,
      title: `${one.name} [${displayUnit(one.unit)}]`,
      right: true,
      cell: (row) => formatExact(one.values[row.index], locale),
      foot: isAdditive ? formatExact(one.total, locale) : undefined,
    });
    if (one.second) {
      const { second } = one;
      columns.push({
        key: `s${one.id}`,
        title: `${t(`figure.${second.name}`)} [${displayUnit(one.unit)}]`,
        right: true,
        cell: (row) => formatExact(second.values[row.index], locale),
      });
    }
    if (one.baseValues.length > 0) {
      columns.push({
        key: `b${one.id}`,
        title: t("chart.comparison"),
        right: true,
        cell: (row) => formatExact(one.baseValues[row.index], locale),
        foot: isAdditive ? formatExact(one.baseTotal, locale) : undefined,
      });
    }
  }
  return <DataTable caption={caption} columns={columns} rows={rows} rowKey={(row) => row.index} />;
}
