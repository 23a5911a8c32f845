import { api } from "@ems/ui";
import { useInfiniteQuery } from "@tanstack/react-query";

export interface AuditLine {
  id: number;
  at: string;
  request_id: string;
  user_name: string;
  via: string;
  address: string;
  action: string;
  entity: string;
  entity_id: number | null;
  outcome: string;
  before: unknown;
  after: unknown;
  is_success: boolean;
}

export const ACTIONS = [
  "create",
  "update",
  "delete",
  "bind",
  "unbind",
  "command",
  "export",
  "sign_in",
  "sign_out",
  "register",
] as const;
export const WAYS = ["session", "api_key", "nobody"] as const;
/** Filters in the address, called as the API calls them. */
export const FILTERS = [
  "q",
  "user",
  "action",
  "entity",
  "entityid",
  "via",
  "outcome",
  "startdatetime",
  "enddatetime",
] as const;
export type AuditFilter = (typeof FILTERS)[number];

/** The key of the sentence that tells of a request: its name, or its path without version. */
export function deedOf(line: Pick<AuditLine, "entity">): string {
  return line.entity.replace(/^v1\//, "").replaceAll("/", "_");
}

const PAGE_LINES = 100;

/** Lines of the log, newest first, page by page. */
export function useAudit(filters: Readonly<Partial<Record<AuditFilter, string>>>) {
  return useInfiniteQuery({
    queryKey: ["audit", filters],
    staleTime: 0,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      api.get<AuditLine[]>("/v1/audit", {
        query: { ...filters, limit: PAGE_LINES, before: pageParam },
        signal,
      }),
    getNextPageParam: (last) => (last.length === PAGE_LINES ? String(last.at(-1)?.id ?? "") : undefined),
  });
}

export interface Difference {
  name: string;
  before: string | null;
  after: string | null;
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null)
    return value === null || value === undefined ? {} : { value };
  return Array.isArray(value) ? { value } : { ...value };
}

function text(value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Member by member what a change did; what stayed the same is left out. */
export function differences(before: unknown, after: unknown): Difference[] {
  const [old, now] = [members(before), members(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .map((name) => ({ name, before: text(old[name]), after: text(now[name]) }))
    .filter((one) => one.before !== one.after);
}
