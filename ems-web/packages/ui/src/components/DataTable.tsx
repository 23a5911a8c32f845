import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { usePrinting } from "../theme/printing";

export interface Column<R> {
  key: string;
  title: ReactNode;
  /** Numbers stand at the end side. */
  right?: boolean;
  cell: (row: R) => ReactNode;
  foot?: ReactNode;
  /** What the rows are sorted by when the head is pressed; null sorts last. */
  sort?: (row: R) => number | string | null | undefined;
  /** In one line, also on a phone: times and numbers. */
  isWhole?: boolean;
  /** Left out on a phone. */
  wideOnly?: boolean;
}

function classOf<R>(column: Column<R>): string {
  return `${column.right ? "right" : ""} ${column.wideOnly ? "wide-only" : ""} ${column.isWhole ? "whole" : ""}`;
}

export interface DataTableProps<R> {
  caption: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string | number;
  maxHeight?: number;
  /** Column by which the rows are sorted at first. */
  order?: Order;
}

interface Order {
  key: string;
  isDown: boolean;
}

type SortValue = number | string | null | undefined;

function compare(a: SortValue, b: SortValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** Rows in the order of a column; what has no value comes last either way. */
export function sortRows<R>(rows: readonly R[], columns: readonly Column<R>[], order: Order | null) {
  const by = columns.find((column) => column.key === order?.key)?.sort;
  if (!by || !order) return rows;
  const sign = order.isDown ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [by(a), by(b)];
    const lacks = Number(x === null || x === undefined) - Number(y === null || y === undefined);
    return lacks !== 0 ? lacks : sign * compare(x, y);
  });
}

interface HeadProps<R> {
  column: Column<R>;
  order: Order | null;
  onOrder: (order: Order) => void;
}

function Head<R>({ column, order, onOrder }: HeadProps<R>) {
  const isOrder = order?.key === column.key;
  const isDown = isOrder && order.isDown;
  const Arrow = isDown ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      className={classOf(column)}
      aria-sort={isOrder ? (isDown ? "descending" : "ascending") : undefined}
    >
      {column.sort ? (
        <button
          type="button"
          className={`tbl__sort ${isOrder ? "tbl__sort--on" : ""}`}
          // Numbers are looked at from the top; names from the start.
          onClick={() => onOrder({ key: column.key, isDown: isOrder ? !isDown : column.right === true })}
        >
          {column.title}
          <Arrow size={12} aria-hidden="true" />
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

const ROW_PX = 36;
const MARGIN_ROWS = 12;
const WINDOW_FROM = 200;

/** A table with a fixed head; long ones draw only the rows in view, so a year of hours stays quick. */
export function DataTable<R>({
  caption,
  columns,
  rows: given,
  rowKey,
  maxHeight = 560,
  order: firstOrder,
}: DataTableProps<R>) {
  const isPrinting = usePrinting();
  const [top, setTop] = useState(0);
  const [order, setOrder] = useState<Order | null>(firstOrder ?? null);
  // Scrolling draws the table anew; it need not sort it anew.
  const rows = useMemo(() => sortRows(given, columns, order), [given, columns, order]);
  const wrap = useRef<HTMLElement>(null);
  // Paper wants every row.
  const isWindowed = rows.length > WINDOW_FROM && !isPrinting;
  const [from, to] = useMemo(() => {
    if (!isWindowed) return [0, rows.length];
    const first = Math.max(0, Math.floor(top / ROW_PX) - MARGIN_ROWS);
    return [first, Math.min(rows.length, first + Math.ceil(maxHeight / ROW_PX) + 2 * MARGIN_ROWS)];
  }, [isWindowed, top, rows.length, maxHeight]);
  const reorder = (next: Order) => {
    setOrder(next);
    // What is sorted for stands at the top.
    wrap.current?.scrollTo({ top: 0 });
  };
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
              <Head key={column.key} column={column} order={order} onOrder={reorder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 && <tr style={{ height: from * ROW_PX }} />}
          {rows.slice(from, to).map((row, i) => (
            <tr key={rowKey(row)} aria-rowindex={from + i + 2}>
              {columns.map((column, c) =>
                c === 0 ? (
                  <th key={column.key} scope="row" className={classOf(column)}>
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
