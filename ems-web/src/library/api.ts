import { api, describeError, toasts } from "@ems/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { download } from "../reports/export";
import { useApi } from "../state/useApi";
import type { Order, Wanted } from "./orders";

export type JobStatus = "queued" | "running" | "done" | "failed" | "cancelled";

/** An order that is carried out once. */
export interface Job {
  id: string;
  status: JobStatus;
  progress_pct: number;
  order: Order;
  owner: string;
  is_scheduled: boolean;
  created: string;
  finished: string | null;
  file: { name: string; bytes: number } | null;
  error: { description: string; detail: string | null } | null;
}

/** An order that repeats. */
export interface Schedule {
  id: string;
  name: string;
  owner: string;
  order: Order;
  rhythm: string;
  timezone: string;
  recipients: readonly string[];
  is_enabled: boolean;
  next_run: string | null;
  last_run: string | null;
  last_error: string | null;
}

export const SHOWN = ["kpi", "chart", "table"] as const;
export type Shown = (typeof SHOWN)[number];

/** A block of a document: a text, or what is shown of a report. */
export interface Block extends Wanted {
  title?: string;
  text?: string;
  show?: readonly Shown[];
  table?: string;
}

export interface DocumentHead {
  id: string;
  name: string;
  owner: string;
  is_mine: boolean;
  is_shared: boolean;
  updated: string;
}

export interface ReportDocument extends DocumentHead {
  subtitle: string;
  period: string;
  compare: string;
  blocks: readonly Block[];
}

export const JOBS = "/v1/reports";
export const SCHEDULES = "/v1/reportschedules";
export const DOCUMENTS = "/v1/reportdocuments";

const OPEN_MS = 1_000;
const CALM_MS = 30_000;

export function isOpen(job: Job): boolean {
  return job.status === "queued" || job.status === "running";
}

/** One's jobs, the newest first; looked after closely only while one of them is under way. */
export function useJobs(query: { schedule?: string; all?: boolean } = {}) {
  return useQuery({
    queryKey: ["api", JOBS, query],
    queryFn: ({ signal }) => api.get<{ jobs: Job[] }>(JOBS, { query: { ...query, limit: 50 }, signal }),
    select: (answer) => answer.jobs,
    refetchInterval: ({ state }) => (state.data?.jobs.some(isOpen) ? OPEN_MS : CALM_MS),
  });
}

export function useSchedules() {
  return useApi<{ schedules: Schedule[] }>(SCHEDULES);
}

export function useDocuments() {
  return useApi<{ documents: DocumentHead[] }>(DOCUMENTS);
}

/** Do something with a resource: what went wrong is said, and its lists are asked for again. */
export function useAct(resource: string) {
  const client = useQueryClient();
  const { t } = useTranslation();
  return async (run: () => Promise<unknown>, done = ""): Promise<boolean> => {
    try {
      await run();
      if (done) toasts.show(done);
      return true;
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
      return false;
    } finally {
      await client.invalidateQueries({ queryKey: ["api", resource] });
    }
  };
}

/** Fetch a file of the API and hand it to the browser. */
export async function fetchFile(path: string, name: string, language?: string): Promise<void> {
  const file = await api.file(path, { query: { language } });
  download(file.name || name, file.blob, file.blob.type);
}
