import { type ReactNode, useMemo, useRef, useState } from "react";

export interface Column<R> {
  key: string;
  title: ReactNode;
  /** Numbers stand at the end side. */
  right?: boolean;
  cell: (row: R) => ReactNode;
  foot?: ReactNode;
  /** Left out on a phone. */
  wideOnly?: boolean;
}

function classOf<R>(column: Column<R>): string {
  return `${column.right ? "right" : ""} ${column.wideOnly ? "wide-only" : ""}`;
}

export interface DataTableProps<R> {
  caption: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string | number;
  maxHeight?: number;
}

const ROW_PX = 36;
const MARGIN_ROWS = 12;
const WINDOW_FROM = 200;

/** A table with a fixed head; long ones draw only the rows in view, so a year of hours stays quick. */
export function DataTable<R>({ caption, columns, rows, rowKey, maxHeight = 560 }: DataTableProps<R>) {
  const [top, setTop] = useState(0);
  const wrap = useRef<HTMLElement>(null);
  const isWindowed = rows.length > WINDOW_FROM;
  const [from, to] = useMemo(() => {
    if (!isWindowed) return [0, rows.length];
    const first = Math.max(0, Math.floor(top / ROW_PX) - MARGIN_ROWS);
    return [first, Math.min(rows.length, first + Math.ceil(maxHeight / ROW_PX) + 2 * MARGIN_ROWS)];
  }, [isWindowed, top, rows.length, maxHeight]);
  const hasFoot = columns.some((column) => column.foot !== undefined);
  return (
    <section
      ref={wrap}
      className="tbl-wrap"
      style={{ maxHeight }}
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      onScroll={isWindowed ? (event) => setTop(event.currentTarget.scrollTop) : undefined}
    >
      <table className="tbl" aria-rowcount={rows.length + 1}>
        <caption className="vh">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 && <tr style={{ height: from * ROW_PX }} />}
          {rows.slice(from, to).map((row, i) => (
            <tr key={rowKey(row)} aria-rowindex={from + i + 2}>
              {columns.map((column, c) =>
                c === 0 ? (
                  <th key={column.key} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
          {to < rows.length && <tr style={{ height: (rows.length - to) * ROW_PX }} />}
        </tbody>
        {hasFoot && (
          <tfoot>
            <tr>
              {columns.map((column, c) =>
                c === 0 ? (
                  <th key={column.key} scope="row">
                    {column.foot}
                  </th>
                ) : (
                  <td key={column.key} className={classOf(column)}>
                    {column.foot}
                  </td>
                ),
              )}
            </tr>
          </tfoot>
        )}
      </table>
    </section>
  );
}
