import { describe, expect, it } from "vitest";
import { differences } from "../src/access/audit";
import { OWN, readPrivilege, roleOf, withAction, withRole, writePrivilege } from "../src/access/privilege";
import { visibleRows } from "../src/metering/matrix";
import { sortKey } from "../src/model/Cell";
import type { Resource } from "../src/model/description";
import { toCsv } from "../src/model/files";
import { formatDuration } from "../src/model/moments";
import { bodyOf, bulkFields } from "../src/pages/bulk";
import { judge, type Pipeline, type Stage } from "../src/pipeline/state";
import { ALWAYS, isUsual, type Term, termFaults } from "../src/relations/terms";

const NOW = Date.parse("2026-11-21T14:10:00Z");

function stage(name: string, more: Partial<Stage> = {}): Stage {
  return {
    name,
    state: "ready",
    instance: "a",
    step: null,
    done_ratio: null,
    remaining_s: null,
    watermark: "2026-11-21T14:00:00Z",
    dirty_windows: 0,
    open: [],
    last_pass: null,
    ...more,
  };
}

const REASON = {
  kind: "normalize",
  entity_kind: "point",
  reason: "judged",
  windows: 4,
  from: null,
  to: null,
  since: "2026-11-21T14:09:00Z",
};

function pipeline(...stages: Stage[]): Pipeline {
  return { stages, slot_minutes: 60, provisional_slots: 0, findings: [] };
}

describe("whether the figures are current", () => {
  it("is true when every stage is done up to the last hours", () => {
    const found = judge(pipeline(stage("cleaning"), stage("normalization"), stage("aggregation")), NOW);
    expect(found).toMatchObject({ health: "current", through: "2026-11-21T14:00:00Z" });
  });

  it("tells the earliest end of those that make figures", () => {
    const late = stage("aggregation", { watermark: "2026-11-21T13:00:00Z" });
    const cleaning = stage("cleaning", { watermark: "2026-11-21T09:00:00Z" });
    expect(judge(pipeline(cleaning, stage("normalization"), late), NOW).through).toBe(late.watermark);
  });

  it("is false beyond two slots and a quarter of an hour", () => {
    const end = (minutesAgo: number) =>
      stage("aggregation", { watermark: new Date(NOW - minutesAgo * 60_000).toISOString() });
    expect(judge(pipeline(end(134)), NOW).health).toBe("current");
    expect(judge(pipeline(end(136)), NOW)).toMatchObject({ health: "behind", stage: "aggregation" });
  });

  it("names a stage that is away before anything else", () => {
    const working = stage("normalization", { state: "working", dirty_windows: 4 });
    expect(judge(pipeline(working, stage("aggregation", { state: "away" })), NOW)).toMatchObject({
      health: "away",
      stage: "aggregation",
    });
  });

  it("is not troubled by the work that fresh readings make", () => {
    const open = [{ ...REASON, since: new Date(NOW - 20_000).toISOString() }];
    const busy = stage("normalization", { state: "working", dirty_windows: 4, remaining_s: 5, open });
    expect(judge(pipeline(busy, stage("aggregation")), NOW).health).toBe("current");
    const waiting = { ...busy, open: [{ ...REASON, since: new Date(NOW - 240_000).toISOString() }] };
    expect(judge(pipeline(waiting, stage("aggregation")), NOW).health).toBe("working");
  });

  it("never tells of the future", () => {
    const running = stage("aggregation", { watermark: "2026-11-21T15:00:00Z" });
    expect(judge(pipeline(running), NOW).through).toBe(new Date(NOW).toISOString());
  });

  it("sums what remains while a stage catches up", () => {
    const one = stage("normalization", { state: "working", dirty_windows: 4, remaining_s: 70 });
    const two = stage("aggregation", { state: "working", dirty_windows: 1, remaining_s: 30 });
    expect(judge(pipeline(one, two), NOW)).toMatchObject({ health: "working", remainingS: 100 });
  });

  it("is behind when nothing has been made yet", () => {
    expect(judge(pipeline(stage("aggregation", { watermark: null })), NOW).health).toBe("behind");
  });
});

describe("terms of a binding", () => {
  const term = (more: Partial<Term>): Term => ({ ...ALWAYS, ...more });

  it("are the usual ones only when they say nothing", () => {
    expect(isUsual([ALWAYS])).toBe(true);
    expect(isUsual([term({ share: 0.5 })])).toBe(false);
    expect(isUsual([ALWAYS, ALWAYS])).toBe(false);
  });

  it("may follow each other without a pause", () => {
    const march = "2026-03-10T00:00:00+00:00";
    expect(termFaults([term({ valid_through: march }), term({ valid_from: march })]).size).toBe(0);
  });

  it("must not overlap, end before they begin, or exceed the whole", () => {
    expect(termFaults([ALWAYS, term({ valid_from: "2026-03-10T00:00:00" })]).get(1)).toBe("overlap");
    const backwards = term({ valid_from: "2026-03-10T00:00:00", valid_through: "2026-03-09T00:00:00" });
    expect(termFaults([backwards]).get(0)).toBe("order");
    expect(termFaults([term({ share: 1.01 })]).get(0)).toBe("share");
    expect(termFaults([term({ share: 3, allocation: "area" })]).size).toBe(0);
    expect(termFaults([term({ share: 0 })]).get(0)).toBe("share");
  });
});

describe("a privilege", () => {
  it("keeps what it does not know", () => {
    const text = '{"spaces":[1],"other":7}';
    expect(JSON.parse(writePrivilege(readPrivilege(text)))).toEqual({ spaces: [1], other: 7 });
  });

  it("starts empty when its text can't be read", () => {
    expect(readPrivilege("{")).toEqual({ spaces: [] });
  });

  it("has a role, permissions of its own, or neither", () => {
    expect(roleOf({ spaces: [] })).toBe("");
    expect(roleOf({ spaces: [], permissions: {} })).toBe(OWN);
    expect(roleOf({ spaces: [], role: "viewer", permissions: {} })).toBe("viewer");
    expect(withRole({ spaces: [], role: "viewer" }, OWN)).toEqual({
      spaces: [],
      role: undefined,
      permissions: {},
    });
  });

  it("gives and takes single actions", () => {
    const given = withAction({ spaces: [], permissions: {} }, "prices", "read", true);
    expect(JSON.parse(writePrivilege(given)).permissions).toEqual({ prices: ["read"] });
    const taken = withAction(given, "prices", "read", false);
    expect(JSON.parse(writePrivilege(taken)).permissions).toEqual({});
  });
});

describe("a change in the audit log", () => {
  it("shows the members that differ", () => {
    expect(differences({ name: "a", area: 1 }, { name: "b", area: 1 })).toEqual([
      { name: "name", before: "a", after: "b" },
    ]);
  });

  it("shows all members of what was made or deleted", () => {
    expect(differences(null, { name: "a" })).toEqual([{ name: "name", before: null, after: "a" }]);
    expect(differences({ ids: [1] }, null)).toEqual([{ name: "ids", before: "[1]", after: null }]);
  });
});

const METERS: Resource = {
  name: "meters",
  title: "Meters",
  path: "/meters",
  identity: "id",
  can: ["list", "update"],
  search: true,
  list_columns: ["name"],
  relations: [],
  fields: [
    { name: "name", type: "text", required: true },
    { name: "is_counted", type: "boolean", required: true },
    {
      name: "cost_center_id",
      read_name: "cost_center",
      type: "reference",
      required: true,
      reference: "costcenters",
    },
    { name: "password", type: "secret", required: false },
    { name: "uuid", type: "text", required: false, read_only: true },
  ],
};
const METER = {
  id: 4,
  name: "Main",
  is_counted: true,
  cost_center: { id: 2, name: "Head office" },
  uuid: "u",
};

describe("many at once", () => {
  it("offers what can be the same for all", () => {
    expect(bulkFields(METERS).map((field) => field.name)).toEqual(["is_counted", "cost_center_id"]);
  });

  it("sends everything else as it was", () => {
    expect(bodyOf(METERS, METER, { cost_center_id: 9 })).toEqual({
      id: 4,
      name: "Main",
      is_counted: true,
      cost_center_id: 9,
    });
  });
});

describe("lists", () => {
  it("are sorted by the member that the answer has", () => {
    const [name, , center] = METERS.fields;
    expect(name && sortKey(METER, name)).toBe("name");
    expect(center && sortKey(METER, center)).toBe("cost_center");
    expect(sortKey({ rows: [1] }, { name: "rows", type: "table", required: false })).toBe("");
  });

  it("become a file that no spreadsheet takes for formulas", () => {
    expect(
      toCsv([
        ["a", 'say "x"'],
        ["=1+1", "-5"],
      ]),
    ).toBe('\ufeffa,"say ""x"""\r\n\'=1+1,-5\r\n');
  });
});

describe("the tree of spaces", () => {
  const root = {
    id: 1,
    name: "Site",
    children: [{ id: 2, name: "House", children: [{ id: 3, name: "Room" }] }],
  };
  it("shows what stands below open spaces only", () => {
    expect(visibleRows(root, new Set([1])).map((row) => [row.node.id, row.depth])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(visibleRows(root, new Set([2])).length).toBe(1);
  });
});

describe("a length of time", () => {
  it.each([
    [0.2, "1 sec"],
    [45, "45 secs"],
    [180, "3 mins"],
    [9_000, "2.5 hrs"],
  ])("of %d s reads %s", (seconds, text) => {
    expect(formatDuration(seconds, "en-GB")).toBe(text);
  });
});
