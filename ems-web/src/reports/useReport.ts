import { useQuery } from "@tanstack/react-query";
import { useView } from "../state/view";
import { type EntityKind, findReport, REPORTS } from "./declarations";
import { reportQuery } from "./query";

/** The report of an entity for the view in the address. */
export function useReport(kind: string, entity: EntityKind, id: number | null) {
  const { span, base, step, now } = useView();
  const report = findReport(kind) ?? REPORTS[0];
  if (!report) throw new Error("no reports declared");
  const request = { report, entity, id: id ?? 0, span, base, step, now };
  return { request, query: useQuery(reportQuery(request)) };
}
