import { type Column, DataTable, EmptyState, toasts } from "@ems/ui";
import { Image as ImageIcon } from "lucide-react";
import { type ReactNode, type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChartCard, type Look, useTableKey } from "../pages/ChartCard";
import { download } from "../reports/export";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { type CsvColumn, tableCsv } from "../reports/tableCsv";
import { useSite } from "../state/site";

export type Picture = RefObject<(() => string) | null>;

/** A column of the table behind a chart, on the screen and in the file. */
export interface FrameColumn<R> extends CsvColumn<R> {
  key: string;
  right?: boolean;
  cell: (row: R) => ReactNode;
}

export interface FrameProps<R> {
  title: string;
  name: string;
  rows: readonly R[];
  rowKey: (row: R) => string | number;
  columns: readonly FrameColumn<R>[];
  picture: Picture;
  busy: boolean;
  tools?: ReactNode;
  children: ReactNode;
  note?: ReactNode;
}

/** Hand the picture to the browser; its address is data, which the site's policy keeps fetch from. */
function savePicture(picture: Picture, name: string): boolean {
  const [, content] = picture.current?.().split(",") ?? [];
  if (!content) return false;
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  download(`${name}.png`, bytes, "image/png");
  return true;
}

/** A chart of this page: the table behind it, CSV of the table, the picture as it is. */
export function Frame<R>(props: FrameProps<R>) {
  const { title, name, rows, rowKey, columns, picture, busy, tools, children, note } = props;
  const { t } = useTranslation();
  const { timeZone } = useSite();
  const [look, setLook] = useState<Look>("chart");
  useTableKey(() => setLook(look === "chart" ? "table" : "chart"));
  const shown = columns.map(
    (column): Column<R> => ({
      key: column.key,
      title: column.title,
      right: column.right,
      cell: column.cell,
    }),
  );
  const save = () => {
    if (savePicture(picture, name)) toasts.show(t("export.done", { form: "PNG" }));
  };
  return (
    <ChartCard
      title={title}
      sub={timeZone}
      busy={busy}
      look={look}
      onLook={setLook}
      tools={
        <>
          {tools}
          {look === "chart" && (
            <button type="button" className="btn btn--small no-print" onClick={save}>
              <ImageIcon size={14} aria-hidden="true" /> {t("export.png")}
            </button>
          )}
          <ExportMenu file={null} csv={() => tableCsv(columns, rows)} name={name} />
        </>
      }
      chart={
        rows.length === 0 ? (
          <EmptyState title={t("report.noValues")} text={t("explore.noValuesText")} />
        ) : (
          <>
            {children}
            {note && <p className="chart-note">{note}</p>}
          </>
        )
      }
      table={<DataTable caption={title} columns={shown} rows={rows} rowKey={rowKey} />}
    />
  );
}
