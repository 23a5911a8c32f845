import {
  api,
  Card,
  type Column,
  DataTable,
  describeStored,
  EmptyState,
  formatBucket,
  formatPercent,
  IconButton,
  QueryView,
  SkeletonLines,
  useLocale,
} from "@ems/ui";
import { Ban, Download, RotateCcw, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { fetchFile, isOpen, JOBS, type Job, type JobStatus, useAct, useJobs } from "./api";
import { type Title, useTitles } from "./titles";

const KIB = 1024;
const MIB = KIB * KIB;

/** The size of a file, as a person reads it. */
export function formatBytes(bytes: number, locale: string): string {
  const isLarge = bytes >= MIB;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: isLarge ? "megabyte" : "kilobyte",
    maximumFractionDigits: isLarge ? 1 : 0,
  }).format(Math.max(1, bytes / KIB) / (isLarge ? KIB : 1));
}

const TONES: Record<JobStatus, string> = {
  queued: "",
  running: "",
  done: "badge--good",
  failed: "badge--critical",
  cancelled: "",
};

function JobState({ job }: { job: Job }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (job.status === "running") {
    const share = formatPercent(job.progress_pct / 100, locale);
    return (
      <span className="job-progress">
        <progress value={job.progress_pct} max={100} aria-label={t("library.progress")} />
        {share}
      </span>
    );
  }
  return (
    <span className="job-state">
      <span className={`badge ${TONES[job.status]}`}>{t(`library.status.${job.status}`)}</span>
      {job.file && <span className="muted">{formatBytes(job.file.bytes, locale)}</span>}
      {job.error && (
        <span className="job-fault">
          {describeStored([job.error.description, job.error.detail].filter(Boolean).join(": "), t)}
        </span>
      )}
    </span>
  );
}

function JobTools({ job, name }: { job: Job; name: string }) {
  const { t } = useTranslation();
  const act = useAct(JOBS);
  const path = `${JOBS}/${job.id}`;
  return (
    <span className="row-tools">
      {job.status === "done" && (
        <IconButton
          label={t("library.download", { name })}
          icon={<Download size={16} />}
          onClick={() => void act(() => fetchFile(`${path}/download`, job.file?.name ?? "report"))}
        />
      )}
      {isOpen(job) ? (
        <IconButton
          label={t("library.cancel", { name })}
          icon={<Ban size={16} />}
          onClick={() => void act(() => api.post(`${path}/cancel`, {}))}
        />
      ) : (
        <>
          <IconButton
            label={t("library.again", { name })}
            icon={<RotateCcw size={16} />}
            onClick={() => void act(() => api.post(JOBS, job.order), t("library.ordered"))}
          />
          <IconButton
            label={t("library.remove", { name })}
            icon={<Trash2 size={16} />}
            onClick={() => void act(() => api.remove(path), t("library.removed", { name }))}
          />
        </>
      )}
    </span>
  );
}

/** Name and subject, one above the other. */
export function TitleCell({ title, children }: { title: Title; children?: ReactNode }) {
  return (
    <span className="title-cell">
      <span>{title.report}</span>
      <small className="muted">{title.about}</small>
      {children}
    </span>
  );
}

function Jobs({ jobs }: { jobs: readonly Job[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const titleOf = useTitles(jobs.map((job) => job.order));
  const columns: Column<Job>[] = [
    { key: "report", title: t("library.report"), cell: (job) => <TitleCell title={titleOf(job.order)} /> },
    { key: "period", title: t("library.period"), wideOnly: true, cell: (job) => titleOf(job.order).period },
    { key: "form", title: t("library.form"), cell: (job) => job.order.form.toUpperCase() },
    { key: "state", title: t("library.state"), cell: (job) => <JobState job={job} /> },
    {
      key: "created",
      title: t("library.orderedAt"),
      wideOnly: true,
      // The API tells the instant on the site's clock.
      cell: (job) => formatBucket(job.created.slice(0, 19), "hourly", locale),
    },
    {
      key: "tools",
      title: <span className="vh">{t("library.tools")}</span>,
      right: true,
      cell: (job) => <JobTools job={job} name={titleOf(job.order).report} />,
    },
  ];
  return (
    <DataTable
      caption={t("library.files")}
      columns={columns}
      rows={jobs}
      rowKey={(job) => job.id}
      maxHeight={720}
    />
  );
}

export interface JobListProps {
  title: string;
  /** Only what this schedule made. */
  schedule?: string;
}

/** Files that were ordered, with their progress. */
export function JobList({ title, schedule }: JobListProps) {
  const { t } = useTranslation();
  const jobs = useJobs({ schedule });
  return (
    <Card title={title} flush>
      <QueryView
        query={jobs}
        skeleton={
          <div className="pad">
            <SkeletonLines count={5} />
          </div>
        }
        isEmpty={(list) => list.length === 0}
        empty={<EmptyState title={t("library.noFiles")} text={t("library.noFilesText")} />}
      >
        {(list) => <Jobs jobs={list} />}
      </QueryView>
    </Card>
  );
}
