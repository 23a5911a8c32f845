import { api, apiLanguage, nextBucket, parseLocal, type QueryValue, type Span, type Step } from "@ems/ui";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { withColors } from "./colors";
import { type EntityKind, endpoint, findEntity, type ReportDeclaration, readerFor } from "./declarations";
import type { Json } from "./json";
import { type ReportModel, withSoundChanges } from "./model";
import { QUICK, reportParameters } from "./parameters";

/** What is asked for to get a report as a file. */
export interface FileRequest {
  /** Of the report itself, without a form. */
  path: string;
  query: Record<string, QueryValue>;
  /** Of the file, without its form. */
  name: string;
}

export interface ReportRequest {
  report: ReportDeclaration;
  entity: EntityKind;
  id: number;
  span: Span;
  base: Span | null;
  step: Step;
  /** The site's wall clock: a period that still runs is asked for again. */
  now: number;
}

function parameters(request: ReportRequest, extra: Record<string, QueryValue>): Record<string, QueryValue> {
  const { entity, id } = request;
  return { ...reportParameters(entity, id, request, apiLanguage()), ...extra };
}

const RUNNING_MS = 60_000;

/** The query of a report: cached by everything that changes its numbers. */
export function reportQuery(request: ReportRequest) {
  const { report, entity, id, span, base, step } = request;
  const isRunning = request.now < span.end;
  return queryOptions({
    queryKey: ["report", report.kind, entity, id, span.start, span.end, base?.start, base?.end, step],
    enabled: id > 0,
    placeholderData: keepPreviousData,
    staleTime: isRunning ? RUNNING_MS : 10 * RUNNING_MS,
    refetchInterval: isRunning ? RUNNING_MS : false,
    queryFn: async ({ signal }): Promise<ReportModel> => {
      const answer = await api.get<Json>(endpoint(report, entity), {
        query: parameters(request, QUICK),
        signal,
      });
      const model = withSoundChanges(readerFor(report, entity)(answer, findEntity(entity)?.member ?? entity));
      return { ...model, series: withColors(model.series) };
    },
  });
}

/** Address and query of the same report as a file. */
export function reportFile(request: ReportRequest): FileRequest {
  return {
    path: endpoint(request.report, request.entity),
    query: parameters(request, {}),
    name: `${request.entity}-${request.report.kind}-${request.id}`,
  };
}

/** Index of the bucket that holds `now`, or -1. */
export function runningBucket(stamps: readonly string[], step: Step, now: number): number {
  const at = stamps.findLastIndex((stamp) => parseLocal(stamp) <= now);
  const stamp = stamps[at];
  return stamp !== undefined && now < nextBucket(parseLocal(stamp), step) ? at : -1;
}
