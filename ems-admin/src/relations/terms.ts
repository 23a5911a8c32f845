/** How much of a member its owner is charged with, and for how long, as `/v1` says it. */
export interface Term {
  valid_from: string | null;
  valid_through: string | null;
  share: number;
  allocation: string;
  reference: { kind: string; id: number } | null;
}

export const SHARE = "share";
export const CONSUMPTION = "consumption";

/** In whole, always: what holds when nothing else is said. */
export const ALWAYS: Term = {
  valid_from: null,
  valid_through: null,
  share: 1,
  allocation: SHARE,
  reference: null,
};

/** Whether terms say anything beyond the usual. */
export function isUsual(terms: readonly Term[]): boolean {
  const [only] = terms;
  return (
    terms.length === 1 &&
    only !== undefined &&
    only.valid_from === null &&
    only.valid_through === null &&
    only.share === 1 &&
    only.allocation === SHARE
  );
}

/** Site wall clock of an instant of `/v1`, without its offset: what forms show and the API takes. */
export function wall(instant: string | null): string | null {
  return instant === null ? null : instant.slice(0, 19);
}

export type TermFault = "order" | "overlap" | "share";

const UNBOUNDED = { from: "0000", through: "9999" };

/** What is wrong with terms, by the place of each; nothing when they can be sent. */
export function termFaults(terms: readonly Term[]): Map<number, TermFault> {
  const faults = new Map<number, TermFault>();
  const ranges = terms.map((term, place) => ({
    place,
    from: wall(term.valid_from) ?? UNBOUNDED.from,
    through: wall(term.valid_through) ?? UNBOUNDED.through,
  }));
  for (const [place, term] of terms.entries()) {
    const most = term.allocation === SHARE ? 1 : 1e6;
    if (!(term.share > 0 && term.share <= most)) faults.set(place, "share");
  }
  for (const range of ranges) if (range.from >= range.through) faults.set(range.place, "order");
  const sorted = ranges.toSorted((a, b) => a.from.localeCompare(b.from));
  for (const [i, later] of sorted.entries()) {
    const earlier = sorted[i - 1];
    if (earlier && later.from < earlier.through) faults.set(later.place, "overlap");
  }
  return faults;
}
