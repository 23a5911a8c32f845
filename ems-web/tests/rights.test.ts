import { expect, it } from "vitest";
import { groupsFor } from "../src/shell/navigation";
import { mayOpenWith } from "../src/state/modules";

const READER = { spaces: ["read"], "energy-reports": ["read"], "cost-reports": ["export"] };

it("opens what a right to read is there for, and what is everybody's own", () => {
  const mayOpen = (path: string) => mayOpenWith(READER, path);
  expect(["/", "/alarms", "/profile", "/reports/schedules"].filter(mayOpen)).toHaveLength(4);
  expect(["/report/tenant/energyitem", "/batch/tenant", "/explore"].filter(mayOpen)).toHaveLength(3);
  expect(
    [
      "/report/space/cost",
      "/compare/space",
      "/report/space/load",
      "/flow",
      "/meters/7",
      "/plants/storage",
    ].filter(mayOpen),
  ).toEqual([]);
});

it("offers no place that stays closed, and no heading without places", () => {
  const groups = groupsFor((path) => mayOpenWith(READER, path));
  const places = groups.flatMap((group) => group.places.map((one) => one.to));
  expect(places).toContain("/report/space/energycategory");
  expect(places).not.toContain("/control");
  expect(groups.map((group) => group.key)).not.toContain("nav.plants");
});
