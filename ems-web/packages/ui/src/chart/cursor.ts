/** One line of the text beside the cursor. */
export interface TipRow {
  /** A CSS colour, variables included. */
  color: string;
  name: string;
  note?: string;
  value: string;
}

/** What the cursor says about one place of the time axis. */
export interface Tip {
  head: string;
  rows: readonly TipRow[];
}

/** What a chart knows of its time axis; a place `at` is an index or an instant, as the chart has it. */
export interface CursorSource {
  /** The place nearest to a pixel from the chart's left side; null beside the axis. */
  locate: (px: number) => number | null;
  /** Pixels from the chart's left side; null when the chart does not show the place. */
  place: (at: number) => number | null;
  tip: (at: number) => Tip;
}

const GAP_PX = 14;
const EDGE_PX = 8;
const TOUCH_STAYS_MS = 4_000;

const groups = new Map<string, Set<Cursor>>();

function element(className: string, text = ""): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  made.textContent = text;
  return made;
}

function rowElement(row: TipRow): HTMLElement {
  const line = element("tip__row");
  const dot = element("tip__dot");
  dot.style.background = row.color;
  const name = document.createElement("span");
  name.textContent = row.name;
  if (row.note) {
    const note = document.createElement("i");
    note.textContent = ` ${row.note}`;
    name.append(note);
  }
  const value = document.createElement("b");
  value.textContent = row.value;
  line.append(dot, name, value);
  return line;
}

/**
 * A line and a text that follow the pointer over a chart.
 *
 * They lie above the canvas as elements of their own: a canvas would be drawn anew for every move of the pointer,
 * which for a year of hours takes longer than a frame. Cursors of one group move together.
 */
export class Cursor {
  private readonly area: HTMLElement;
  private readonly source: () => CursorSource;
  private readonly group: string | undefined;
  private readonly line = element("chart__cursor");
  private readonly text = element("chart-tip chart-tip--cursor");
  private readonly listening = new AbortController();
  private pointerPx: number | null = null;
  private shown: number | null = null;
  private frame = 0;
  private timer = 0;

  constructor(area: HTMLElement, source: () => CursorSource, group?: string) {
    this.area = area;
    this.source = source;
    this.group = group;
    this.line.hidden = true;
    this.text.hidden = true;
    this.text.setAttribute("aria-hidden", "true");
    area.append(this.line);
    document.body.append(this.text);
    const { signal } = this.listening;
    area.addEventListener("pointermove", this.onMove, { signal });
    area.addEventListener("pointerdown", this.onMove, { signal });
    area.addEventListener("pointerleave", this.onLeave, { signal });
    // The text stands on the screen, the chart moves with the page.
    window.addEventListener("scroll", () => this.leave(), { signal, passive: true, capture: true });
    if (group) groups.set(group, (groups.get(group) ?? new Set()).add(this));
  }

  dispose(): void {
    this.listening.abort();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.line.remove();
    this.text.remove();
    if (this.group) groups.get(this.group)?.delete(this);
  }

  /** Say anew what is under the pointer, after the data changed. */
  refresh(): void {
    if (this.shown === null) return;
    this.shown = null;
    this.plan();
  }

  private readonly onMove = (event: PointerEvent) => {
    clearTimeout(this.timer);
    this.pointerPx = event.clientX - this.area.getBoundingClientRect().left;
    this.plan();
  };

  private readonly onLeave = (event: PointerEvent) => {
    clearTimeout(this.timer);
    // A finger leaves at once; what it pointed at stays to be read.
    if (event.pointerType === "touch") this.timer = window.setTimeout(() => this.leave(), TOUCH_STAYS_MS);
    else this.leave();
  };

  private leave(): void {
    if (this.pointerPx === null) return;
    this.pointerPx = null;
    this.plan();
  }

  /** At most one drawing for each frame, however many moves come in. */
  private plan(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.draw);
  }

  private readonly draw = () => {
    this.frame = 0;
    const at = this.pointerPx === null ? null : this.source().locate(this.pointerPx);
    const members = this.group ? (groups.get(this.group) ?? [this]) : [this];
    for (const one of members) one.show(at);
  };

  private show(at: number | null): void {
    const source = this.source();
    const px = at === null ? null : source.place(at);
    const isInside = px !== null && px >= 0 && px <= this.area.clientWidth;
    if (at === null || px === null || !isInside) {
      this.line.hidden = true;
      this.text.hidden = true;
      this.shown = null;
      return;
    }
    if (at !== this.shown) {
      const { head, rows } = source.tip(at);
      this.text.replaceChildren(element("tip__head", head), ...rows.map(rowElement));
      this.shown = at;
    }
    this.line.hidden = false;
    this.text.hidden = false;
    this.line.style.transform = `translateX(${px}px)`;
    const box = this.area.getBoundingClientRect();
    const width = this.text.offsetWidth;
    const right = box.left + px + GAP_PX;
    const fits = right + width + EDGE_PX <= window.innerWidth;
    const left = Math.max(EDGE_PX, fits ? right : box.left + px - GAP_PX - width);
    const lowest = window.innerHeight - this.text.offsetHeight - EDGE_PX;
    const top = Math.max(EDGE_PX, Math.min(box.top + 2 * GAP_PX, lowest));
    this.text.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
