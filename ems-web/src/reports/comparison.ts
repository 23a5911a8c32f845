import type { Span } from "@ems/ui";
import { type EntityKind, findEntity, isMeter } from "./declarations";
import { type Json, number, numbers, object, text, texts } from "./json";
import { inside } from "./query";

/** One of the two entities that are compared. */
export interface ComparedSide {
  name: string;
  unit: string;
  total: number | null;
  stamps: readonly string[];
  values: readonly (number | null)[];
  estimated: readonly boolean[];
}

export interface ComparisonModel {
  first: ComparedSide;
  second: ComparedSide;
  difference: number | null;
  differences: readonly (number | null)[];
  category: string;
}

const ESTIMATED_BIT = 1;

function readSide(answer: Json, member: string, n: 1 | 2, unit: string, span: Span): ComparedSide {
  const period = object(answer, `reporting_period${n}`);
  return {
    name: text(object(answer, `${member}${n}`), "name"),
    unit,
    total: number(period, "total_in_category"),
    stamps: texts(period, "timestamps").slice(0, inside(texts(period, "timestamps"), span)),
    values: numbers(period, "values"),
    estimated: numbers(period, "qualities").map((bits) => ((bits ?? 0) & ESTIMATED_BIT) !== 0),
  };
}

/** The answer of a comparison; meters have their category and unit with themselves. */
export function readComparison(answer: Json, kind: EntityKind, span: Span): ComparisonModel {
  const member = isMeter(kind) ? kind : (findEntity(kind)?.member ?? kind);
  const ofMeter = object(answer, `${member}1`);
  const category = object(answer, "energy_category");
  const unit = isMeter(kind) ? text(ofMeter, "unit_of_measure") : text(category, "unit_of_measure");
  const difference = object(answer, "diff");
  return {
    first: readSide(answer, member, 1, unit, span),
    second: readSide(answer, member, 2, unit, span),
    difference: number(difference, "total_in_category"),
    differences: numbers(difference, "values"),
    category: isMeter(kind) ? text(ofMeter, "energy_category_name") : text(category, "name"),
  };
}
