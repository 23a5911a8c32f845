import { type Column, columnFormat, DataTable, displayUnit, type Step } from "@ems/ui";
import { useTranslation } from "react-i18next";
import type { ReportSeries } from "../model";
import { BucketName } from "./BucketName";
import { EstimatedNumber } from "./EstimatedNumber";

export interface ReportTableProps {
  series: readonly ReportSeries[];
  step: Step;
  locale: string;
  caption: string;
  /** Whether the buckets add up to the total of the series. */
  isAdditive: boolean;
  /** Index of the bucket that is still running. */
  partialIndex?: number;
}

interface Row {
  index: number;
  stamp: string;
}

/** The columns of a series: its values, its second curve, what it is compared with. */
function seriesColumns(
  one: ReportSeries,
  { locale, isAdditive }: Pick<ReportTableProps, "locale" | "isAdditive">,
  t: (key: string) => string,
  comparison: string,
): Column<Row>[] {
  const unit = displayUnit(one.unit);
  // One way to write them for all columns of the series: they are held against each other.
  const number = columnFormat(
    [...one.values, ...one.baseValues, ...(one.second?.values ?? []), one.total, one.baseTotal],
    locale,
  );
  const columns: Column<Row>[] = [
    {
      key: `v${one.id}`,
      title: `${one.name} [${unit}]`,
      right: true,
      sort: (row) => one.values[row.index],
      cell: (row) => (
        <EstimatedNumber
          text={number(one.values[row.index])}
          isEstimated={one.estimated[row.index] === true}
        />
      ),
      foot: isAdditive ? number(one.total) : undefined,
    },
  ];
  const { second } = one;
  if (second) {
    columns.push({
      key: `s${one.id}`,
      title: `${t(`figure.${second.name}`)} [${unit}]`,
      right: true,
      sort: (row) => second.values[row.index],
      cell: (row) => number(second.values[row.index]),
    });
  }
  if (one.baseValues.length > 0) {
    columns.push({
      key: `b${one.id}`,
      title: `${comparison} [${unit}]`,
      right: true,
      sort: (row) => one.baseValues[row.index],
      cell: (row) => number(one.baseValues[row.index]),
      foot: isAdditive ? number(one.baseTotal) : undefined,
    });
  }
  return columns;
}

/** The values behind the chart, exact, with their totals; what is estimated or still running is said. */
export function ReportTable({ series, step, locale, caption, isAdditive, partialIndex }: ReportTableProps) {
  const { t } = useTranslation();
  const stamps = series[0]?.stamps ?? [];
  const rows: Row[] = stamps.map((stamp, index) => ({ index, stamp }));
  const comparison = t("chart.comparison");
  const columns: Column<Row>[] = [
    {
      key: "time",
      title: t("chart.time"),
      isWhole: true,
      sort: (row) => row.index,
      cell: (row) => <BucketName stamp={row.stamp} step={step} isRunning={row.index === partialIndex} />,
      foot: isAdditive ? t("figure.total") : undefined,
    },
    ...series.flatMap((one) =>
      seriesColumns(
        one,
        { locale, isAdditive },
        t,
        series.length > 1 ? `${comparison}: ${one.name}` : comparison,
      ),
    ),
  ];
  return <DataTable caption={caption} columns={columns} rows={rows} rowKey={(row) => row.index} />;
}
