import { describe, expect, it } from "vitest";
import { limitState } from "../src/flow/FlowDiagram";
import { consumptionW, layoutFlow, suppliedW, supplyW } from "../src/flow/layout";
import type { FlowNode } from "../src/live/store";

const SITE: FlowNode[] = [
  { id: "grid", kind: "grid", name: "Grid", power_w: 240_000, limit_w: 250_000 },
  { id: "pv", kind: "pv", name: "PV", power_w: -80_000 },
  { id: "battery", kind: "battery", name: "Battery", power_w: -60_000, soc_ratio: 0.5 },
  { id: "b1", kind: "building", name: "Hall", power_w: 300_000 },
  { id: "b2", kind: "building", name: "Store", power_w: 58_000 },
  { id: "ev", kind: "charger", name: "Charger", power_w: 22_000 },
];

describe("the power flow", () => {
  it("takes import, production and discharge as supply", () => {
    expect(SITE.map(supplyW)).toEqual([240_000, 80_000, 60_000, -300_000, -58_000, -22_000]);
    expect(consumptionW(SITE)).toBe(380_000);
  });

  it("has sources that add up to the consumption", () => {
    const supplied = SITE.slice(0, 3).map((node) => suppliedW(node.kind, node.power_w) ?? 0);
    expect(supplied.reduce((a, b) => a + b)).toBe(consumptionW(SITE));
    expect(suppliedW("pv", null)).toBeNull();
  });

  it.each([328, 360, 768, 1_400])("keeps every node and band inside a width of %i px", (width) => {
    const picture = layoutFlow(SITE, width);
    expect(picture.nodes).toHaveLength(SITE.length);
    for (const node of picture.nodes) {
      expect(node.x).toBeGreaterThanOrEqual(0);
      expect(node.x + node.width).toBeLessThanOrEqual(width + 0.01);
      expect(node.y).toBeGreaterThanOrEqual(0);
      expect(node.y + node.height).toBeLessThanOrEqual(picture.height + 0.01);
    }
    for (const band of picture.bands) expect(band.path).not.toMatch(/NaN|-\d{2,}/);
  });

  it("draws thickness in proportion to power, the limit on the same scale", () => {
    const picture = layoutFlow(SITE, 1_200);
    const band = (id: string) => picture.bands.find((b) => b.id === id);
    const grid = band("grid");
    expect(grid && grid.thickness / grid.limitThickness).toBeCloseTo(240 / 250, 6);
    expect((band("b1")?.thickness ?? 0) / (band("pv")?.thickness ?? 1)).toBeCloseTo(300 / 80, 6);
  });

  it("turns the direction when the battery charges and the grid takes power", () => {
    const turned = SITE.map((node) => ({ ...node, power_w: -(node.power_w ?? 0) }));
    const before = layoutFlow(SITE, 1_200).bands;
    const after = layoutFlow(turned, 1_200).bands;
    for (const id of ["grid", "battery"]) {
      expect(before.find((b) => b.id === id)?.isForward).toBe(true);
      expect(after.find((b) => b.id === id)?.isForward).toBe(false);
    }
  });

  it("has no thickness without power", () => {
    const dark = SITE.map((node) => ({ ...node, power_w: null }));
    for (const band of layoutFlow(dark, 1_200).bands) expect(band.thickness).toBe(0);
  });

  it("says how the grid stands to its limit", () => {
    const grid = (power_w: number | null): FlowNode => ({
      id: "g",
      kind: "grid",
      name: "G",
      power_w,
      limit_w: 100,
    });
    expect(limitState(grid(50))).toBe("good");
    expect(limitState(grid(95))).toBe("near");
    expect(limitState(grid(110))).toBe("over");
    expect(limitState(grid(null))).toBe("none");
    expect(limitState({ ...grid(100), kind: "charger" })).toBe("none");
  });
});
