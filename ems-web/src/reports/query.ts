import { api, apiLanguage, nextBucket, parseLocal, type QueryValue, type Span, type Step } from "@ems/ui";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type EntityKind, endpoint, findEntity, type ReportDeclaration, readerFor } from "./declarations";
import type { Json } from "./json";
import type { ReportModel, ReportSeries } from "./model";
import { QUICK, type ReportTimes, reportParameters } from "./parameters";

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
  /** The site's wall clock, to blank what lies ahead. */
  now: number;
}

const SECOND_MS = 1_000;

/** The same periods up to the last second: statistics count the empty bucket that begins at an end as a zero. */
export function closed(times: ReportTimes): ReportTimes {
  const upToLast = (span: Span): Span => ({ start: span.start, end: span.end - SECOND_MS });
  return { span: upToLast(times.span), base: times.base && upToLast(times.base), step: times.step };
}

function parameters(request: ReportRequest, extra: Record<string, QueryValue>): Record<string, QueryValue> {
  const { entity, id } = request;
  const times = request.report.kind === "statistics" ? closed(request) : request;
  return { ...reportParameters(entity, id, times, apiLanguage()), ...extra };
}

/** Number of buckets that start inside the span; the API may add an empty one at its end. */
export function inside(stamps: readonly string[], span: Span): number {
  // Stamps are in order, and what is looked for is near the end.
  return stamps.findLastIndex((stamp) => parseLocal(stamp) < span.end) + 1;
}

function cut<T>(list: readonly T[], count: number): readonly T[] {
  return list.length > count ? list.slice(0, count) : list;
}

/** Drop what lies outside of the span, and blank buckets that have not begun. */
export function trimSeries(series: ReportSeries, span: Span, base: Span | null, now: number): ReportSeries {
  const count = inside(series.stamps, span);
  const baseCount = base ? inside(series.baseStamps, base) : 0;
  const begun = series.stamps.findLastIndex((stamp) => parseLocal(stamp) <= now) + 1;
  const blank = (values: readonly (number | null)[]) =>
    cut(values, count).map((value, i) => (i < begun ? value : null));
  return {
    ...series,
    stamps: cut(series.stamps, count),
    values: blank(series.values),
    estimated: cut(series.estimated, count),
    second: series.second && { ...series.second, values: blank(series.second.values) },
    baseStamps: cut(series.baseStamps, baseCount),
    baseValues: cut(series.baseValues, baseCount),
  };
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
      const model = readerFor(report, entity)(answer, findEntity(entity)?.member ?? entity);
      return { ...model, series: model.series.map((s) => trimSeries(s, span, base, request.now)) };
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
