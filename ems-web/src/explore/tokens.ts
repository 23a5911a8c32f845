import { ENTITIES, type EntityKind } from "../reports/declarations";

export const MEASURES = ["energy", "billing", "carbon"] as const;
export type Measure = (typeof MEASURES)[number];

/** What is drawn: what a thing used of a category, or what a point measured. */
export type Token =
  | { kind: "use"; measure: Measure; entity: EntityKind; id: number; category: number }
  | { kind: "point"; id: number };

/** Curves beyond these cannot be told apart. */
export const MOST_SERIES = 12;
const SEPARATOR = "~";

/** A series in the address: `energy.space.1.2`, category 0 being the largest or all together; `point.7`. */
export function formatToken(token: Token): string {
  return token.kind === "point"
    ? `point.${token.id}`
    : `${token.measure}.${token.entity}.${token.id}.${token.category}`;
}

/** Read what `formatToken` wrote; null when it is no series. */
export function parseToken(text: string): Token | null {
  const [head, entity, id, category] = text.split(".");
  const measure = MEASURES.find((one) => one === head);
  if (head === "point") return Number(entity) > 0 ? { kind: "point", id: Number(entity) } : null;
  const kind = ENTITIES.find((one) => one.kind === entity)?.kind;
  if (!measure || !kind || !(Number(id) > 0)) return null;
  return { kind: "use", measure, entity: kind, id: Number(id), category: Number(category) || 0 };
}

export function parseTokens(text: string): Token[] {
  return text
    .split(SEPARATOR)
    .map(parseToken)
    .filter((token) => token !== null)
    .slice(0, MOST_SERIES);
}

export function formatTokens(tokens: readonly Token[]): string {
  return tokens.map(formatToken).join(SEPARATOR);
}
