import { quote } from "./export";

/** A column of a table as a file. */
export interface CsvColumn<R> {
  title: string;
  value: (row: R) => string | number | null | undefined;
}

/** Rows as CSV, numbers unrounded and with a point. */
export function tableCsv<R>(columns: readonly CsvColumn<R>[], rows: readonly R[]): string {
  const lines = rows.map((row) => columns.map((column) => quote(String(column.value(row) ?? ""))).join(","));
  return [columns.map((column) => quote(column.title)).join(","), ...lines, ""].join("\r\n");
}
