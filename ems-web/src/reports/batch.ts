import { type EntityKind, findEntity, isMeter } from "./declarations";
import { type Json, number, numbers, text } from "./json";

/** A quantity of a batch: one column. */
export interface BatchColumn {
  key: string;
  /** Name of a category, or key among the texts. */
  name: string;
  isText: boolean;
  id: number;
  unit: string;
}

/** One entity of a batch. */
export interface BatchRow {
  id: number;
  name: string;
  spaceName: string;
  costCenter: string;
  values: readonly (number | null)[];
}

export interface BatchModel {
  columns: readonly BatchColumn[];
  rows: readonly BatchRow[];
}

/** Name of the list of entities in the answer: the kind's plural. */
function listOf(answer: Json): readonly Json[] {
  const name = Object.keys(answer).find(
    (key) => key !== "energycategories" && key !== "date_list" && Array.isArray(answer[key]),
  );
  return name === undefined ? [] : (answer[name] as readonly Json[]);
}

/** The answer of a batch report as columns and rows; categories that nobody has values of are left out. */
export function readBatch(answer: Json, kind: EntityKind, currency: string): BatchModel {
  const member = findEntity(kind)?.member ?? kind;
  const categories = (answer.energycategories ?? []) as readonly Json[];
  const all: BatchColumn[] = categories.map((category) => ({
    key: `c${number(category, "id")}`,
    name: text(category, "name"),
    isText: false,
    id: number(category, "id") ?? 0,
    unit: text(category, "unit_of_measure"),
  }));
  if (!isMeter(kind)) {
    all.push({ key: "cost", name: "report.cost.name", isText: true, id: 0, unit: currency });
    all.push({ key: "carbon", name: "report.carbon.name", isText: true, id: 0, unit: "kgCO2e" });
  }
  const lines = listOf(answer).map((line) => ({
    id: number(line, "id") ?? 0,
    name: text(line, `${member}_name`),
    spaceName: text(line, "space_name"),
    costCenter: text(line, "cost_center_name"),
    values: isMeter(kind)
      ? numbers(line, "values")
      : [...numbers(line, "values"), number(line, "cost"), number(line, "carbon_emissions")],
  }));
  const used = all.map((_, i) => lines.some((line) => (line.values[i] ?? null) !== null));
  return {
    columns: all.filter((_, i) => used[i]),
    rows: lines.map((line) => ({ ...line, values: line.values.filter((_, i) => used[i]) })),
  };
}
