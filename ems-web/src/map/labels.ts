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

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const LETTER = 7;
const LINE = 16;
const GAP = 4;

function boxOf(label: Omit<Label, "isFree">, lines: readonly string[]): Box {
  const width = Math.max(...lines.map((line) => line.length)) * LETTER;
  const left = label.x - { middle: width / 2, start: 0, end: width }[label.anchor];
  const top = label.y - LINE + GAP;
  return { left, top, right: left + width, bottom: top + lines.length * LINE };
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function circleBox({ x, y, radius }: Labelled): Box {
  return { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius };
}

/** Places of a label around its circle, the best first: below, above, beside. */
function candidates({ x, y, radius, lines }: Labelled): Omit<Label, "isFree">[] {
  const height = lines.length * LINE;
  const middle = y - height / 2 + LINE - GAP;
  return [
    { x, y: y + radius + LINE, anchor: "middle" },
    { x, y: y - radius - height + LINE - GAP, anchor: "middle" },
    { x: x + radius + 2 * GAP, y: middle, anchor: "start" },
    { x: x - radius - 2 * GAP, y: middle, anchor: "end" },
  ];
}

/** Labels beside their circles that cover neither another circle nor another label, as far as there is room. */
export function placeLabels(items: readonly Labelled[], width: number, height: number): Label[] {
  const taken: Box[] = [];
  return items.map((item) => {
    const others = items.filter((other) => other !== item).map(circleBox);
    const isFree = (label: Omit<Label, "isFree">) => {
      const box = boxOf(label, item.lines);
      const isInside = box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height;
      return isInside && ![...others, ...taken].some((other) => overlaps(box, other));
    };
    const all = candidates(item);
    const free = all.find(isFree);
    const label = { ...(free ?? (all[0] as Label)), isFree: free !== undefined };
    if (label.isFree) taken.push(boxOf(label, item.lines));
    return label;
  });
}
