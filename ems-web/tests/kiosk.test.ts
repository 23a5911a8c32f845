import { describe, expect, it } from "vitest";
import { secondsEach, stopsOf } from "../src/kiosk/stops";

const box = (top: number, bottom: number) => ({ top, bottom });

describe("a page on a wall screen", () => {
  it("stays where it is when all of it is in sight", () => {
    expect(stopsOf([box(0, 400), box(420, 900)], 1000, 950)).toEqual([0]);
  });

  it("goes on with the first part that was cut", () => {
    // Two cards side by side, the taller of which is cut, and one below them.
    const boxes = [box(0, 500), box(520, 980), box(520, 1200), box(1220, 1900)];
    expect(stopsOf(boxes, 1000, 1920)).toEqual([0, 520, 920]);
  });

  it("shows a part that is taller than the screen piece by piece", () => {
    expect(stopsOf([box(0, 2400)], 1000, 2400)).toEqual([0, 850, 1400]);
  });

  it("ends, whatever the parts are", () => {
    const boxes = Array.from({ length: 40 }, (_, i) => box(i * 97, i * 97 + 260 + ((i * 53) % 900)));
    const end = Math.max(...boxes.map((one) => one.bottom));
    const stops = stopsOf(boxes, 700, end, 20);
    expect(stops.at(-1)).toBe(end - 700);
    expect(stops).toEqual(stops.toSorted((a, b) => a - b));
    // No piece of the page is left out between two screens.
    for (const [i, stop] of stops.entries()) expect(stop - (stops[i - 1] ?? 0)).toBeLessThanOrEqual(700);
  });

  it("shares its time among its screens, but for those that could not be read", () => {
    expect(secondsEach(30, 2)).toBe(15);
    expect(secondsEach(30, 10)).toBe(8);
    expect(secondsEach(5, 3)).toBe(5);
  });
});
