import { type Column, columnFormat, DataTable, displayUnit, formatBucket, type Step } from "@ems/ui";
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
    // One way to write them for all columns of the series: they are held against each other.
    const number = columnFormat(
      [...one.values, ...one.baseValues, ...(one.second?.values ?? []), one.total, one.baseTotal],
      locale,
    );
    columns.push({
      key: `v${one.id}`,
      title: `${one.name} [${displayUnit(one.unit)}]`,
      right: true,
      cell: (row) => number(one.values[row.index]),
      foot: isAdditive ? number(one.total) : undefined,
    });
    if (one.second) {
      const { second } = one;
      columns.push({
        key: `s${one.id}`,
        title: `${t(`figure.${second.name}`)} [${displayUnit(one.unit)}]`,
        right: true,
        cell: (row) => number(second.values[row.index]),
      });
    }
    if (one.baseValues.length > 0) {
      columns.push({
        key: `b${one.id}`,
        title: t("chart.comparison"),
        right: true,
        cell: (row) => number(one.baseValues[row.index]),
        foot: isAdditive ? number(one.baseTotal) : undefined,
      });
    }
  }
  return <DataTable caption={caption} columns={columns} rows={rows} rowKey={(row) => row.index} />;
}
