import { api, Button, describeError, formatPercent, Popover, toasts, useLocale } from "@ems/ui";
import { Download, FileImage, FileSpreadsheet, FileText, Printer, Sheet, X } from "lucide-react";
import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from "react";
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

/** One button makes place for another: the focus goes over to it instead of being lost. */
function useKeptFocus(isOther: boolean): RefObject<HTMLSpanElement | null> {
  const place = useRef<HTMLSpanElement>(null);
  const was = useRef(isOther);
  useLayoutEffect(() => {
    if (was.current === isOther) return;
    was.current = isOther;
    if (document.activeElement === document.body) place.current?.querySelector("button")?.focus();
  }, [isOther]);
  return place;
}

/** What is shown as CSV, the whole report as Excel, PDF or picture, or on paper. */
export function ExportMenu(props: ExportMenuProps) {
  const { fetching, start, cancel } = useFetchFile(props.file);
  const place = useKeptFocus(fetching !== null);
  return (
    <span ref={place} className="export no-print">
      {fetching ? <Progress fetching={fetching} onCancel={cancel} /> : <Forms {...props} onStart={start} />}
    </span>
  );
}

function Progress({ fetching, onCancel }: { fetching: Fetching; onCancel: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const share = fetching.ratio === null ? "" : ` ${formatPercent(fetching.ratio, locale)}`;
  return (
    <Button small icon={<X size={14} />} title={t("action.cancel")} onClick={onCancel}>
      <span role="status">
        {t("export.busy", { form: fetching.form.toUpperCase() })}
        {share}
      </span>
    </Button>
  );
}

interface FormsProps extends ExportMenuProps {
  onStart: (form: Form) => Promise<void>;
}

function Forms({ file, csv, name = file?.name ?? "table", onStart }: FormsProps) {
  const { t } = useTranslation();
  return (
    <Popover
      label={t("export.title")}
      width={260}
      button={(props) => (
        <button type="button" className="btn btn--small" {...props}>
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
              <button key={form} type="button" className="menu__item" onClick={() => void onStart(form)}>
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
