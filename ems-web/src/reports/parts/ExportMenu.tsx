import { api, Button, describeError, formatPercent, Popover, toasts, useLocale } from "@ems/ui";
import { Download, FileImage, FileSpreadsheet, FileText, Printer, Sheet, X } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { download } from "../export";
import type { FileRequest } from "../query";

type Form = "xlsx" | "pdf" | "png" | "svg";

const FORMS: readonly { form: Form; icon: ReactNode }[] = [
  { form: "xlsx", icon: <FileSpreadsheet size={16} /> },
  { form: "pdf", icon: <FileText size={16} /> },
  { form: "png", icon: <FileImage size={16} /> },
  { form: "svg", icon: <FileImage size={16} /> },
];

/** A file under way: its form, and the share that has come. */
interface Fetching {
  form: Form;
  ratio: number | null;
}

function useFetchFile(file: FileRequest | null) {
  const { t } = useTranslation();
  const [fetching, setFetching] = useState<Fetching | null>(null);
  const abort = useRef<AbortController | null>(null);
  const start = async (form: Form) => {
    if (!file) return;
    abort.current = new AbortController();
    setFetching({ form, ratio: null });
    try {
      const options = { query: file.query, signal: abort.current.signal };
      const answer = await api.file(`${file.path}.${form}`, options, (ratio) => setFetching({ form, ratio }));
      download(answer.name || `${file.name}.${form}`, answer.blob, answer.blob.type);
      toasts.show(t("export.done", { form: form.toUpperCase() }));
    } catch (error) {
      const isCancelled = error instanceof DOMException && error.name === "AbortError";
      if (!isCancelled) toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setFetching(null);
    }
  };
  return { fetching, start, cancel: () => abort.current?.abort() };
}

export interface ExportMenuProps {
  /** The report that the API turns into files; null when it has none. */
  file: FileRequest | null;
  /** What is shown, as CSV. */
  csv: () => string;
  /** Name of the CSV file when there is no report behind it. */
  name?: string;
}

/** What is shown as CSV, the whole report as Excel, PDF or picture, or on paper. */
export function ExportMenu({ file, csv, name = file?.name ?? "table" }: ExportMenuProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { fetching, start, cancel } = useFetchFile(file);
  if (fetching) {
    const share = fetching.ratio === null ? "" : ` ${formatPercent(fetching.ratio, locale)}`;
    return (
      <Button small icon={<X size={14} />} title={t("action.cancel")} onClick={cancel}>
        <span role="status">
          {t("export.busy", { form: fetching.form.toUpperCase() })}
          {share}
        </span>
      </Button>
    );
  }
  return (
    <Popover
      label={t("export.title")}
      width={260}
      button={(props) => (
        <button type="button" className="btn btn--small no-print" {...props}>
          <Download size={14} aria-hidden="true" /> {t("export.title")}
        </button>
      )}
    >
      {(close) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: closes after a button inside was pressed, by whatever means
        // biome-ignore lint/a11y/noStaticElementInteractions: see above
        <div className="menu" onClick={close}>
          <button
            type="button"
            className="menu__item"
            onClick={() => download(`${name}.csv`, `\ufeff${csv()}`, "text/csv;charset=utf-8")}
          >
            <Sheet size={16} /> {t("export.csv")} <span className="menu__hint">CSV</span>
          </button>
          {file &&
            FORMS.map(({ form, icon }) => (
              <button key={form} type="button" className="menu__item" onClick={() => void start(form)}>
                {icon} {t(`export.${form}`)} <span className="menu__hint">{form.toUpperCase()}</span>
              </button>
            ))}
          <button
            type="button"
            className="menu__item"
            // After the menu is gone, so that it is not on the paper.
            onClick={() => setTimeout(() => window.print(), 50)}
          >
            <Printer size={16} /> {t("export.print")}
          </button>
        </div>
      )}
    </Popover>
  );
}
