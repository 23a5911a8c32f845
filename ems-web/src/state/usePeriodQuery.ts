import { apiLanguage, type QueryValue, type Span, toIsoLocal } from "@ems/ui";
import { useView } from "./view";

/** The period as the reports of the API want it. */
export function periodQuery(span: Span): Record<string, QueryValue> {
  return {
    reportingperiodstartdatetime: toIsoLocal(span.start),
    reportingperiodenddatetime: toIsoLocal(span.end),
    language: apiLanguage(),
  };
}

/** The period in the address as the reports want it. */
export function usePeriodQuery(): Record<string, QueryValue> {
  return periodQuery(useView().span);
}
