/** A circle with its name, on a drawing. */
export interface Labelled {
  x: number;
  y: number;
  radius: number;
  /** Lines of the label. */
  lines: readonly string[];
}

export interface Label {
  x: number;
  /** Base line of the first line. */
  y: number;
  anchor: "middle" | "start" | "end";
  /** Whether it covers nothing. */
  isFree: boolean;
}

type Place = Omit<Label, "isFree">;

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Widths of letters of 13 px, rather too wide than too narrow [px]. */
const LETTER = 7;
const WIDE_LETTER = 14;
const LINE = 16;
const GAP = 4;
/** What stays free between a label and another's circle [px]. */
const CLEAR = 3;
/** How much farther from its circle a label stands that finds no room close to it [px]. */
const FARTHER = 10;
const DIAGONAL = Math.SQRT1_2;

/** Width of a text [px]; letters of Chinese are twice as wide as Latin ones. */
function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? WIDE_LETTER : LETTER), 0);
}

function boxOf(label: Place, lines: readonly string[]): Box {
  const width = Math.max(...lines.map(widthOf));
  const left = label.x - { middle: width / 2, start: 0, end: width }[label.anchor];
  const top = label.y - LINE + GAP;
  return { left, top, right: left + width, bottom: top + lines.length * LINE };
}

/** Area that two boxes have in common [px²]. */
function shared(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}

/** Area of a label over a circle [px²]: as that of the box around it, but none beside its round corners. */
function over(box: Box, { x, y, radius }: Labelled): number {
  const dx = Math.max(box.left - x, 0, x - box.right);
  const dy = Math.max(box.top - y, 0, y - box.bottom);
  if (Math.hypot(dx, dy) >= radius + CLEAR) return 0;
  return Math.max(
    1,
    shared(box, { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }),
  );
}

/** Area of a label beside the drawing [px²]. */
function outside(box: Box, width: number, height: number): number {
  const whole = (box.right - box.left) * (box.bottom - box.top);
  return whole - shared(box, { left: 0, top: 0, right: width, bottom: height });
}

/** Places of a label, those close to its circle first. */
function candidates(item: Labelled): Place[] {
  return [...around(item), ...around({ ...item, radius: item.radius + FARTHER })];
}

/** Places around a circle, the best first: below, above, beside, and between these. */
function around({ x, y, radius, lines }: Labelled): Place[] {
  const height = lines.length * LINE;
  const middle = y - height / 2 + LINE - GAP;
  const slant = radius * DIAGONAL;
  const below = y + slant + LINE;
  const above = y - slant - height + LINE - GAP;
  return [
    { x, y: y + radius + LINE, anchor: "middle" },
    { x, y: y - radius - height + LINE - GAP, anchor: "middle" },
    { x: x + radius + 2 * GAP, y: middle, anchor: "start" },
    { x: x - radius - 2 * GAP, y: middle, anchor: "end" },
    { x: x + slant + GAP, y: below, anchor: "start" },
    { x: x - slant - GAP, y: below, anchor: "end" },
    { x: x + slant + GAP, y: above, anchor: "start" },
    { x: x - slant - GAP, y: above, anchor: "end" },
  ];
}

/**
 * Labels beside their circles that cover as little as can be of the others; earlier ones choose first.
 *
 * @param drawnAnyhow How many of the first labels are drawn whatever they cover; the others keep off them.
 */
export function placeLabels(
  items: readonly Labelled[],
  width: number,
  height: number,
  drawnAnyhow = 0,
): Label[] {
  const taken: Box[] = [];
  return items.map((item, index) => {
    const others = items.filter((other) => other !== item);
    const covered = (place: Place) => {
      const box = boxOf(place, item.lines);
      const circles = others.reduce((sum, other) => sum + over(box, other), 0);
      const labels = taken.reduce((sum, other) => sum + shared(box, other), 0);
      return circles + labels + outside(box, width, height);
    };
    const [best] = candidates(item)
      .map((place) => ({ place, area: covered(place) }))
      .toSorted((a, b) => a.area - b.area);
    const place = best?.place as Place;
    const isFree = best?.area === 0;
    if (isFree || index < drawnAnyhow) taken.push(boxOf(place, item.lines));
    return { ...place, isFree };
  });
}
