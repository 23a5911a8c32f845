import {
  api,
  Button,
  Card,
  type Column,
  DataTable,
  describeError,
  formatNumber,
  toasts,
  useLocale,
  useSession,
} from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Download, TriangleAlert, Upload } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FilePick } from "../form/FilePick";
import { saveBlob } from "../model/files";
import { Page } from "../pages/Page";
import { type ArchiveFault, type ArchiveReport, sendArchive } from "./archive";

function Export() {
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      const file = await api.file("/v1/archive");
      saveBlob(file.name || "site.zip", file.blob);
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("archive.export")}>
      <div className="stack">
        <p className="muted">{t("archive.exportText")}</p>
        <div>
          <Button
            tone="primary"
            icon={<Download size={16} />}
            disabled={isBusy}
            onClick={() => void download()}
          >
            {t("archive.exportDo")}
          </Button>
        </div>
      </div>
    </Card>
  );
}

function Faults({ report }: { report: ArchiveReport }) {
  const { t } = useTranslation();
  const columns: Column<ArchiveFault>[] = [
    { key: "pointer", title: t("archive.place"), cell: (row) => <code>{row.pointer}</code> },
    { key: "detail", title: t("archive.fault"), cell: (row) => <span className="wrap">{row.detail}</span> },
  ];
  return (
    <>
      <p className="banner banner--critical">
        <TriangleAlert size={18} aria-hidden="true" />
        {report.faults.length > 0
          ? t("archive.faulty", { count: report.faults.length })
          : describeError(report.refused, t)}
      </p>
      {report.faults.length > 0 && (
        <DataTable
          caption={t("archive.faults")}
          columns={columns}
          rows={report.faults}
          rowKey={(row) => `${row.pointer} ${row.detail}`}
        />
      )}
    </>
  );
}

function Contents({ rows }: { rows: ArchiveReport["rows"] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const columns: Column<readonly [string, number]>[] = [
    {
      key: "table",
      title: t("archive.table"),
      cell: ([name]) => name.replace(/^tbl_/, "").replaceAll("_", " "),
      sort: ([name]) => name,
    },
    {
      key: "rows",
      title: t("archive.rows"),
      right: true,
      cell: ([, count]) => formatNumber(count, locale),
      sort: ([, count]) => count,
    },
  ];
  return (
    <DataTable
      caption={t("archive.contents")}
      columns={columns}
      rows={Object.entries(rows)}
      rowKey={([name]) => name}
      maxHeight={360}
    />
  );
}

function Import() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [report, setReport] = useState<ArchiveReport | null>(null);
  const [isDone, setDone] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const run = async (chosen: File, isTrial: boolean) => {
    setBusy(true);
    try {
      const found = await sendArchive(chosen, isTrial);
      setReport(found);
      setDone(!isTrial && found.refused === null);
      if (!isTrial && found.refused === null) await client.invalidateQueries();
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setBusy(false);
    }
  };
  const pick = (chosen: File | null) => {
    setFile(chosen);
    setReport(null);
    setDone(false);
    if (chosen) void run(chosen, true);
  };
  const isSound = report !== null && report.refused === null;
  return (
    <Card title={t("archive.import")}>
      <div className="stack" aria-live="polite">
        <p className="muted">{t("archive.importText")}</p>
        <FilePick label={t("archive.file")} accept=".zip,application/zip" onPick={pick} />
        {isBusy && <p className="muted">{t("archive.checking")}</p>}
        {report?.refused && <Faults report={report} />}
        {isSound && (
          <>
            <p className="banner banner--good">
              <CircleCheck size={18} aria-hidden="true" />
              {t(isDone ? "archive.imported" : "archive.sound")}
            </p>
            <Contents rows={report.rows} />
            {!isDone && file && (
              <div>
                <Button
                  tone="primary"
                  icon={<Upload size={16} />}
                  disabled={isBusy}
                  onClick={() => void run(file, false)}
                >
                  {t("archive.importDo")}
                </Button>
              </div>
            )}
          </>
        )}
      </div>
    </Card>
  );
}

/** The whole configuration as one file: out of this site, and into an empty one. */
export default function ArchivePage() {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <Page title={t("archive.title")} sub={t("archive.sub")}>
      <div className="two">
        <Export />
        {user?.isReadOnly !== true && <Import />}
      </div>
    </Page>
  );
}
