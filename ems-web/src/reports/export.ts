import type { ReportSeries } from "./model";

/** What a spreadsheet would take for a formula; a negative number is none. */
const FORMULA = /^[=+\-@\t\r](?!\d*\.?\d+(?:e[+-]?\d+)?$)/i;

/** A cell of a CSV file; names come from users, so none may begin a formula. */
export function quote(text: string): string {
  const cell = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** What the columns beside the values are called. */
export interface CsvTitles {
  time: string;
  comparison: string;
  estimated: string;
  second: (key: string) => string;
}

type Cell = (index: number) => string | number | null | undefined;

/** The columns of a series: its values, and of what else is shown what there is. */
function seriesColumns(one: ReportSeries, titles: CsvTitles, hasBase: boolean): [string, Cell][] {
  const name = `${one.name} [${one.unit}]`;
  const columns: [string, Cell][] = [[name, (i) => one.values[i]]];
  const { second } = one;
  if (one.estimated.includes(true)) {
    columns.push([`${one.name}: ${titles.estimated}`, (i) => (one.estimated[i] ? 1 : 0)]);
  }
  if (second) columns.push([`${titles.second(second.name)}: ${name}`, (i) => second.values[i]]);
  if (hasBase) columns.push([`${titles.comparison}: ${name}`, (i) => one.baseValues[i]]);
  return columns;
}

/** The table of a report as CSV: exactly the values behind the chart, unrounded. */
export function toCsv(series: readonly ReportSeries[], titles: CsvTitles): string {
  const hasBase = series.some((s) => s.baseValues.length > 0);
  const stamps = series[0]?.stamps ?? [];
  const columns: [string, Cell][] = [
    [titles.time, (i) => stamps[i]],
    ...series.flatMap((one) => seriesColumns(one, titles, hasBase)),
  ];
  const lines = stamps.map((_, i) => columns.map(([, cell]) => quote(String(cell(i) ?? ""))).join(","));
  return [columns.map(([title]) => quote(title)).join(","), ...lines, ""].join("\r\n");
}

/** Hand a file to the browser. */
export function download(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
