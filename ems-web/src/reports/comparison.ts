import { type EntityKind, findEntity, isMeter } from "./declarations";
import { type Json, number, numbers, object, text, texts } from "./json";
import { isKnown } from "./model";

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

function readSide(answer: Json, member: string, n: 1 | 2, unit: string): ComparedSide {
  const period = object(answer, `reporting_period${n}`);
  const values = numbers(period, "values");
  return {
    name: text(object(answer, `${member}${n}`), "name"),
    unit,
    total: isKnown(values) ? number(period, "total_in_category") : null,
    stamps: texts(period, "timestamps"),
    values,
    estimated: numbers(period, "qualities").map((bits) => ((bits ?? 0) & ESTIMATED_BIT) !== 0),
  };
}

/** The answer of a comparison; meters have their category and unit with themselves. */
export function readComparison(answer: Json, kind: EntityKind): ComparisonModel {
  const member = isMeter(kind) ? kind : (findEntity(kind)?.member ?? kind);
  const ofMeter = object(answer, `${member}1`);
  const category = object(answer, "energy_category");
  const unit = isMeter(kind) ? text(ofMeter, "unit_of_measure") : text(category, "unit_of_measure");
  const difference = object(answer, "diff");
  const differences = numbers(difference, "values");
  return {
    first: readSide(answer, member, 1, unit),
    second: readSide(answer, member, 2, unit),
    difference: isKnown(differences) ? number(difference, "total_in_category") : null,
    differences,
    category: isMeter(kind) ? text(ofMeter, "energy_category_name") : text(category, "name"),
  };
}
