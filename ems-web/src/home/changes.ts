import { baseSpan, type Compare, DAY, type Span } from "@ems/ui";
import { useQueries } from "@tanstack/react-query";
import type { ReportModel } from "../reports/model";
import { type ReportRequest, reportQuery } from "../reports/query";

/** A change against another time than the one chosen in the address. */
export interface Change {
  compare: Compare;
  /** Null: not known, or there is nothing of that time. */
  ratio: number | null;
}

const WEEK = 7 * DAY;
const SELDOM_MS = 600_000;

/** The change of the figure that stands for a report. */
export function changeOf(model: ReportModel): number | null {
  const total = model.totals.find((figure) => figure.key === "total");
  return (total ?? model.series[0])?.changeRatio ?? null;
}

/** What the home page compares a span with, besides what it is compared with already. */
export function otherCompares(
  span: Span,
  base: Span | null,
  now: number,
): { compare: Compare; base: Span | null }[] {
  // Nothing was asked to be compared.
  if (!base) return [];
  const isShort = span.end - span.start <= WEEK;
  const wanted: Compare[] = isShort ? ["previous", "week", "year"] : ["previous", "year"];
  const taken = new Set([base.start]);
  const others = [];
  for (const compare of wanted) {
    const other = baseSpan(span, compare, now);
    if (!other || taken.has(other.start)) continue;
    taken.add(other.start);
    others.push({ compare, base: other });
  }
  return others;
}

/**
 * How a report's figure changed against the other times that a facility manager thinks of.
 *
 * @param isReady Whether the figure itself is there: these come after it.
 */
export function useOtherChanges(request: ReportRequest, isReady: boolean): Change[] {
  const others = otherCompares(request.span, request.base, request.now);
  const answers = useQueries({
    queries: others.map(({ base }) => ({
      ...reportQuery({ ...request, base }),
      enabled: isReady && request.id > 0,
      staleTime: SELDOM_MS,
      refetchInterval: SELDOM_MS,
    })),
  });
  return others.map(({ compare }, i) => {
    const model = answers[i]?.data;
    return { compare, ratio: model ? changeOf(model) : null };
  });
}
