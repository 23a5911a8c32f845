import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cursor, type CursorSource } from "../src/chart/cursor";
import { type LineSeries, nearestInstant, valueAt } from "../src/chart/instants";
import { labelledBuckets, timeTip } from "../src/chart/timeOption";

function line(points: LineSeries["points"]): LineSeries {
  return { name: "a", color: "#000", points };
}

describe("instants of lines", () => {
  const points = [
    [0, 1],
    [10, 2],
    [20, null],
    [100, 5],
  ] as const;

  it("is the nearest of any series", () => {
    expect(nearestInstant([line(points), line([[14, 0]])], 13)).toBe(14);
    expect(nearestInstant([line(points)], 400)).toBe(100);
    expect(nearestInstant([line([])], 5)).toBeNull();
  });

  it("has the value of the nearest point, and none in a gap", () => {
    expect(valueAt(points, 12)).toBe(2);
    expect(valueAt(points, 20)).toBeNull();
    expect(valueAt(points, 50)).toBeNull();
    expect(valueAt([], 5)).toBeNull();
  });
});

describe("what the cursor says of a bucket", () => {
  it("tells values with units, what is estimated, what still runs", () => {
    const tip = timeTip(
      {
        stamps: ["2026-11-21T10:00:00", "2026-11-21T11:00:00"],
        step: "hourly",
        series: [
          {
            name: "Power",
            unit: "kgCO2e",
            color: "#111",
            values: [1234.5, null],
            kind: "bar",
            estimated: [true, false],
          },
        ],
        partialIndex: 0,
        partialText: "running",
        estimatedText: "estimated",
        locale: "en-GB",
      },
      0,
    );
    expect(tip.head).toContain("10:00");
    expect(tip.head).toContain("running");
    expect(tip.rows).toEqual([
      { color: "#111", name: "Power", note: "estimated", value: "1,234.5\u00a0kg CO₂e" },
    ]);
  });
});

describe("the cursor", () => {
  const frames: FrameRequestCallback[] = [];
  const area = () => {
    const made = document.createElement("div");
    Object.defineProperty(made, "clientWidth", { value: 100 });
    document.body.append(made);
    return made;
  };
  const source = (says: string): CursorSource => ({
    locate: (px) => (px < 0 ? null : Math.round(px / 10)),
    place: (at) => at * 10,
    tip: (at) => ({ head: `${says} ${at}`, rows: [{ color: "red", name: "<b>", value: "1" }] }),
  });
  const draw = () => {
    for (const frame of frames.splice(0)) frame(0);
  };
  const move = (element: Element, clientX: number) =>
    element.dispatchEvent(new PointerEvent("pointermove", { clientX }));
  const heads = () =>
    [...document.querySelectorAll<HTMLElement>(".chart-tip")]
      .filter((tip) => !tip.hidden)
      .map((tip) => tip.querySelector(".tip__head")?.textContent);

  beforeEach(() => {
    vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
    vi.stubGlobal("cancelAnimationFrame", () => undefined);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    document.body.replaceChildren();
    frames.length = 0;
  });

  it("draws once for many moves, and names as text", () => {
    const chart = area();
    const cursor = new Cursor(chart, () => source("first"));
    for (const x of [11, 22, 38]) move(chart, x);
    expect(frames).toHaveLength(1);
    draw();
    expect(heads()).toEqual(["first 4"]);
    expect(document.querySelector(".tip__row span")?.textContent).toBe("<b>");
    expect(document.querySelector<HTMLElement>(".chart__cursor")?.style.transform).toBe("translateX(40px)");
    cursor.dispose();
    expect(document.querySelectorAll(".chart-tip, .chart__cursor")).toHaveLength(0);
  });

  it("moves with the others of its group and goes with them", () => {
    const [one, two] = [area(), area()];
    const cursors = [
      new Cursor(one, () => source("one"), "page"),
      new Cursor(two, () => source("two"), "page"),
    ];
    move(one, 50);
    draw();
    expect(heads()).toEqual(["one 5", "two 5"]);
    one.dispatchEvent(new PointerEvent("pointerleave"));
    draw();
    expect(heads()).toEqual([]);
    for (const cursor of cursors) cursor.dispose();
  });

  it("says anew what is below it when the data change", () => {
    const chart = area();
    let says = "old";
    const cursor = new Cursor(chart, () => source(says));
    move(chart, 20);
    draw();
    says = "new";
    cursor.refresh();
    draw();
    expect(heads()).toEqual(["new 2"]);
    cursor.dispose();
  });
});

describe("labels below an axis of hours", () => {
  const hours = (count: number, from = "2026-10-24T00:00:00Z") =>
    Array.from({ length: count }, (_, i) =>
      new Date(Date.parse(from) + i * 3_600_000).toISOString().slice(0, 19),
    );
  const labelled = (stamps: string[], most: number) => {
    const isLabelled = labelledBuckets(stamps, "hourly", most);
    if (typeof isLabelled === "number") throw new Error("hours are chosen by the clock");
    return stamps.filter((stamp, i) => isLabelled(i, stamp));
  };

  it("stand at hours that people count by", () => {
    expect(labelled(hours(24), 9).map((stamp) => stamp.slice(11, 13))).toEqual([
      "00",
      "03",
      "06",
      "09",
      "12",
      "15",
      "18",
      "21",
    ]);
  });

  it("are midnights alone on a long axis, also where an hour is missing", () => {
    const year = hours(8_760).filter((_, i) => i !== 26);
    const shown = labelled(year, 16);
    expect(shown.length).toBeLessThanOrEqual(17);
    expect(shown.every((stamp) => stamp.endsWith("T00:00:00"))).toBe(true);
  });

  it("are every so many of longer buckets", () => {
    expect(labelledBuckets(hours(30), "daily", 10)).toBe(2);
  });
});
