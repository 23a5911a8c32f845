import type { ReportSeries } from "./model";

/** What a spreadsheet would take for a formula; a negative number is none. */
const FORMULA = /^[=+\-@\t\r](?!\d*\.?\d+(?:e[+-]?\d+)?$)/i;

/** A cell of a CSV file; names come from users, so none may begin a formula. */
export function quote(text: string): string {
  const cell = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The table of a report as CSV: exactly the values behind the chart, unrounded. */
export function toCsv(series: readonly ReportSeries[], timeTitle: string, comparisonTitle: string): string {
  const hasBase = series.some((s) => s.baseValues.length > 0);
  const head = [timeTitle];
  for (const s of series) {
    head.push(`${s.name} [${s.unit}]`);
    if (hasBase) head.push(`${comparisonTitle}: ${s.name} [${s.unit}]`);
  }
  const stamps = series[0]?.stamps ?? [];
  const lines = stamps.map((stamp, i) => {
    const cells = [stamp];
    for (const s of series) {
      cells.push(String(s.values[i] ?? ""));
      if (hasBase) cells.push(String(s.baseValues[i] ?? ""));
    }
    return cells.map(quote).join(",");
  });
  return [head.map(quote).join(","), ...lines, ""].join("\r\n");
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
