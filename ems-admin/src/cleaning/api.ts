import { api } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import type { Told } from "./details";

export interface PreviewVerdict extends Told {
  utc: string;
  value: number;
  rule: string;
  is_bad: boolean;
}

export interface Preview {
  point_id: number;
  kind: string;
  readings: number;
  bad: number;
  bad_now: number;
  counts: Readonly<Record<string, number>>;
  counts_now: Readonly<Record<string, number>>;
  estimated: number;
  estimates: readonly { utc: string; value: number; method: string }[];
  shown: readonly { utc: string; value: number }[];
  verdicts: readonly PreviewVerdict[];
}

export interface StoredVerdicts {
  counts: Readonly<Record<string, number>>;
  verdicts: readonly (Told & { utc: string; rule: string; judged_utc: string })[];
}

export interface Estimates {
  estimates: readonly { utc: string; value: number; method: string }[];
}

export type RuleParameters = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const MOST_LISTED = 1_000;

/** What rules would say of a period of a point; nothing is changed. */
export function previewRules(
  pointId: number,
  span: { start: string; end: string },
  rules: RuleParameters,
): Promise<Preview> {
  return api.post<Preview>(`/v1/points/${pointId}/cleaning/preview`, {
    data: { ...span, rules, most: MOST_LISTED },
  });
}

/** The stored verdicts on a point's readings, newest first. */
export function useVerdicts(pointId: number, span: { start: string; end: string }, rule: string) {
  return useQuery({
    queryKey: ["verdicts", pointId, span, rule],
    queryFn: ({ signal }) =>
      api.get<StoredVerdicts>(`/v1/points/${pointId}/verdicts`, {
        query: { ...span, rule, limit: MOST_LISTED },
        signal,
      }),
  });
}

/** What stands in for missing and bad readings of a point. */
export function useEstimates(pointId: number, span: { start: string; end: string }) {
  return useQuery({
    queryKey: ["estimates", pointId, span],
    queryFn: ({ signal }) =>
      api.get<Estimates>(`/v1/points/${pointId}/estimates`, { query: { ...span, limit: 5_000 }, signal }),
  });
}
