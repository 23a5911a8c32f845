/** A part of a page, as far from the top of the document as it begins and ends [px]. */
export interface Box {
  top: number;
  bottom: number;
}

/** What may be missing of a part without its being cut [px]. */
const SLACK_PX = 8;
/** What of a part that is taller than the screen stays in sight when its next piece is shown. */
const OVERLAP = 0.15;

/**
 * How far a page is scrolled, step by step, until each of its parts was seen whole.
 *
 * @param boxes The parts, in any order.
 * @param shown What of the page is in sight at once [px].
 * @param end Where the page ends [px].
 * @param margin What stays free above a part that a step begins with [px].
 */
export function stopsOf(boxes: readonly Box[], shown: number, end: number, margin = 0): number[] {
  const last = Math.max(0, end - shown);
  const stops = [0];
  for (let at = 0; shown > 0 && at + SLACK_PX < last; ) {
    const bottom = at + shown;
    const cut = boxes.filter((box) => box.bottom > bottom + SLACK_PX && box.top - margin > at + SLACK_PX);
    const next = Math.min(...cut.map((box) => box.top - margin), bottom);
    const isTall = boxes.some((box) => box.top <= at + margin + SLACK_PX && box.bottom > bottom + SLACK_PX);
    at = Math.min(last, isTall ? at + shown * (1 - OVERLAP) : next);
    stops.push(at);
  }
  return stops;
}

/** A screen is not left before this was time to read it, however short the time of a page is [s]. */
const LEAST_S = 8;

/** How long each screen of a page is shown [s]: the page's time in equal parts. */
export function secondsEach(everySeconds: number, screens: number): number {
  return Math.max(everySeconds / screens, Math.min(everySeconds, LEAST_S));
}
