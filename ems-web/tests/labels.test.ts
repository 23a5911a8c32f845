import { expect, it } from "vitest";
import { placeLabels } from "../src/map/labels";

const circle = (x: number, y: number, name = "A place") => ({ x, y, radius: 10, lines: [name, "1 kWh"] });

it("puts labels below, and elsewhere when another circle or label is there", () => {
  const [first, second] = placeLabels([circle(200, 100), circle(200, 130)], 400, 300);
  // Two lines of 16 that end where the circle begins, at 90; the first base line is 4 above the end of its line.
  expect(first).toEqual({ x: 200, y: 70, anchor: "middle", isFree: true });
  expect(second).toEqual({ x: 200, y: 156, anchor: "middle", isFree: true });
});

it("keeps labels inside of the drawing", () => {
  expect(placeLabels([circle(200, 290)], 400, 300)[0]?.y).toBeLessThan(280);
  expect(placeLabels([circle(5, 150, "A very long name")], 400, 300)[0]?.anchor).toBe("start");
});

it("stays below, and says so, when there is room nowhere", () => {
  const crowd = [circle(50, 50), circle(50, 75), circle(50, 25), circle(85, 50), circle(15, 50)];
  expect(placeLabels(crowd, 100, 100)[0]).toEqual({ x: 50, y: 76, anchor: "middle", isFree: false });
});
