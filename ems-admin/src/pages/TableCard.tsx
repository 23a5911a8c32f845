import { Card, type Column, DataTable, EmptyState } from "@ems/ui";

export interface TableCardProps<Row> {
  title: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** What stands there instead of a table without rows. */
  none: { title: string; text: string };
}

/** A table in a card of its own. */
export function TableCard<Row>({ title, columns, rows, rowKey, none }: TableCardProps<Row>) {
  return (
    <Card title={title} flush>
      {rows.length === 0 ? (
        <EmptyState {...none} />
      ) : (
        <DataTable caption={title} columns={columns} rows={rows} rowKey={rowKey} />
      )}
    </Card>
  );
}
