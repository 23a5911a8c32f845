import { api, Card, type Column, DataTable, EmptyState, QueryView, Skeleton } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMoments } from "../model/moments";
import { Page } from "../pages/Page";
import { type Told, useFindingText } from "../pipeline/findings";

interface Fault {
  row: number | null;
  column: string | null;
  severity: "warning" | "error" | "refusal";
  what: string;
  value: string | null;
  advice: string;
  /** What is wrong by keys; reports of before are without it. */
  data?: Told["data"];
}

interface UploadedFile {
  id: number;
  file_name: string;
  upload_datetime: string;
  status: string;
  report: { counts: Readonly<Record<string, number>>; faults: readonly Fault[] } | string | null;
}

const KINDS = ["offlinemeterfiles", "datarepairfiles"] as const;
/** Files of one kind that are shown, the latest first. */
const MOST = 20;
const TONES: Readonly<Record<string, string>> = {
  warning: "badge--warning",
  error: "badge--critical",
  refusal: "badge--critical",
  done: "badge--good",
};

/** The faults of a file, each with what to do about it, in the reader's language. */
function Faults({ faults }: { faults: readonly Fault[] }) {
  const { t } = useTranslation();
  const describe = useFindingText();
  const columns: Column<Fault>[] = [
    { key: "cell", title: t("files.cell"), cell: (row) => `${row.column ?? ""}${row.row ?? ""}` || "–" },
    {
      key: "severity",
      title: t("files.severity"),
      cell: (row) => (
        <span className={`badge ${TONES[row.severity]}`}>{t(`files.severities.${row.severity}`)}</span>
      ),
    },
    {
      key: "what",
      title: t("files.what"),
      cell: (row) => (
        <span className="wrap">
          {describe({ message: [row.what, row.advice].filter(Boolean).join(". "), data: row.data ?? null })}
        </span>
      ),
    },
    {
      key: "value",
      title: t("files.value"),
      cell: (row) => <span className="wrap">{row.value ?? "–"}</span>,
    },
  ];
  return (
    <DataTable
      caption={t("files.what")}
      columns={columns}
      rows={faults}
      rowKey={(row) => `${row.row}-${row.column}-${row.what}`}
      maxHeight={320}
    />
  );
}

function FileCard({ file }: { file: UploadedFile }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const report = typeof file.report === "object" ? file.report : null;
  const faults = report?.faults ?? [];
  return (
    <Card
      title={file.file_name}
      sub={moments.full(file.upload_datetime)}
      flush={faults.length > 0}
      actions={
        <span className={`badge ${TONES[file.status] ?? (file.status === "error" ? TONES.error : "")}`}>
          {t(`files.states.${file.status}`, { defaultValue: file.status })}
        </span>
      }
    >
      {faults.length > 0 ? (
        <Faults faults={faults} />
      ) : (
        <p className="muted">{t(report ? "files.sound" : "files.noReport")}</p>
      )}
    </Card>
  );
}

function Files({ kind }: { kind: (typeof KINDS)[number] }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["files", kind],
    queryFn: ({ signal }) => api.get<UploadedFile[]>(`/v1/${kind}`, { signal }),
  });
  return (
    <section className="stack" aria-label={t(`files.kinds.${kind}`)}>
      <h2>{t(`files.kinds.${kind}`)}</h2>
      <QueryView
        query={query}
        skeleton={<Skeleton height={120} />}
        isEmpty={(files) => files.length === 0}
        empty={
          <Card>
            <EmptyState title={t("files.none")} text={t("files.noneText")} />
          </Card>
        }
      >
        {(files) => (
          <>
            {[...files]
              .sort((a, b) => b.id - a.id)
              .slice(0, MOST)
              .map((file) => (
                <FileCard key={file.id} file={file} />
              ))}
          </>
        )}
      </QueryView>
    </section>
  );
}

/** Uploaded files of readings, and what was found in each. */
export default function FilesPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("files.title")} sub={t("files.lead")}>
      {KINDS.map((kind) => (
        <Files key={kind} kind={kind} />
      ))}
    </Page>
  );
}
