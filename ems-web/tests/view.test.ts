import { parseLocal } from "@ems/ui";
import { describe, expect, it } from "vitest";
import { type SpaceNode, spacePair } from "../src/state/spaces";
import { applyChange, viewSearch } from "../src/state/view";

function after(search: string, change: Parameters<typeof applyChange>[1]): string {
  return applyChange(new URLSearchParams(search), change).toString();
}

describe("the view in the address", () => {
  it("leaves defaults out", () => {
    expect(after("p=this-month&cmp=none", { spec: { preset: "today" }, compare: "previous" })).toBe("");
  });

  it("forgets the resolution with the period, and the entity with the space", () => {
    expect(after("step=hourly&p=today", { spec: { preset: "this-year" } })).toBe("p=this-year");
    expect(after("id=7&space=1", { spaceId: 2 })).toBe("space=2");
  });

  it("writes a dragged span as dates", () => {
    const spec = { start: parseLocal("2026-11-01"), end: parseLocal("2026-11-04") };
    expect(after("", { spec })).toBe("p=2026-11-01..2026-11-04");
  });

  it("carries only place and period to another page", () => {
    expect(viewSearch(new URLSearchParams("space=2&id=9&hide=x&p=today"))).toBe("?space=2&p=today");
  });
});

describe("two spaces to compare", () => {
  const space = (id: number, ...children: SpaceNode[]): SpaceNode => ({
    id,
    name: `${id}`,
    uuid: "",
    children,
  });
  const site = space(1, space(2, space(3), space(4)), space(5));
  const pair = (root: SpaceNode, first: number | null) => spacePair(root, first).map((one) => one?.id);

  it("are no part of each other, whichever is chosen first", () => {
    expect(pair(site, null)).toEqual([2, 5]);
    expect(pair(site, 5)).toEqual([5, 2]);
    expect(pair(site, 3)).toEqual([3, 4]);
  });

  it("are the whole and a part where there is nothing else", () => {
    expect(pair(site, 1)).toEqual([1, 2]);
    expect(pair(space(1, space(2)), null)).toEqual([1, 2]);
    expect(pair(space(1), null)).toEqual([1, undefined]);
  });
});
