import { expect, it } from "vitest";
import { placeLabels } from "../src/map/labels";

const circle = (x: number, y: number, name = "A place") => ({ x, y, radius: 10, lines: [name, "1 kWh"] });

it("puts labels below, and elsewhere when another circle or label is there", () => {
  const [first, second] = placeLabels([circle(200, 100), circle(200, 130)], 400, 300);
  // Two lines of 16 that end where the circle begins, at 90; the first base line is 4 above the end of its line.
  expect(first).toEqual({ x: 200, y: 70, anchor: "middle", isFree: true });
  expect(second).toEqual({ x: 200, y: 156, anchor: "middle", isFree: true });
});

it("finds the places between the four sides before it gives up", () => {
  // Neighbours on all four sides, but nothing to the upper right.
  const crowd = [circle(200, 150), circle(200, 185), circle(200, 115), circle(235, 150), circle(165, 150)];
  const [first] = placeLabels(crowd, 400, 300);
  expect(first).toMatchObject({ anchor: "start", isFree: true });
});

it("keeps a label off one that is drawn although it covers something", () => {
  // Two at one place: each label covers the other's circle wherever it stands, or reaches beyond the drawing.
  const twins = [circle(30, 30), circle(30, 30)];
  const [first, second] = placeLabels(twins, 60, 60);
  expect(second).toEqual(first);
  const [drawn, beside] = placeLabels(twins, 60, 60, 2);
  expect(beside).not.toEqual(drawn);
});

it("keeps labels inside of the drawing", () => {
  expect(placeLabels([circle(200, 290)], 400, 300)[0]?.y).toBeLessThan(280);
  expect(placeLabels([circle(5, 150, "A very long name")], 400, 300)[0]?.anchor).toBe("start");
});

it("says when there is room nowhere", () => {
  const crowd = [circle(50, 50), circle(50, 75), circle(50, 25), circle(85, 50), circle(15, 50)];
  expect(placeLabels(crowd, 100, 100)[0]?.isFree).toBe(false);
});
