import type { QueryValue } from "@ems/ui/api/client";
import { toIsoLocal } from "@ems/ui/time/local";
import type { Span, Step } from "@ems/ui/time/period";

/** When a report is about. */
export interface ReportTimes {
  span: Span;
  base: Span | null;
  step: Step;
}

/** Numbers alone, without the files that the contract puts beside them. */
export const QUICK: Record<string, QueryValue> = { quickmode: true };

/** What a report is asked with; without React, since the first ones are asked for before it is there. */
export function reportParameters(
  entity: string,
  id: number,
  times: ReportTimes,
  language: string,
): Record<string, QueryValue> {
  const { span, base, step } = times;
  return {
    [`${entity}id`]: id,
    periodtype: step,
    reportingperiodstartdatetime: toIsoLocal(span.start),
    reportingperiodenddatetime: toIsoLocal(span.end),
    baseperiodstartdatetime: base && toIsoLocal(base.start),
    baseperiodenddatetime: base && toIsoLocal(base.end),
    language,
  };
}
