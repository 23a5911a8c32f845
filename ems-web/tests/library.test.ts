import { parseLocal, type Span } from "@ems/ui";
import { describe, expect, it } from "vitest";
import type { ReportDocument } from "../src/library/api";
import { inserted, moved, periodOf, readDocument, writeDocument } from "../src/library/blocks";
import { type Draft, ORDERABLES, readWanted, resolvePeriod, toWanted } from "../src/library/orders";
import { fromCron, splitAddresses, toCron, weekdayName } from "../src/library/rhythm";

const NOW = parseLocal("2026-11-21T08:15:00");
const DRAFT: Draft = {
  kind: "energycategory",
  entity: "space",
  id: 1,
  period: "last_month",
  compare: "previous",
};
const VIEW = {
  span: { start: parseLocal("2026-11-14"), end: parseLocal("2026-11-21") },
  base: { start: parseLocal("2026-11-07"), end: parseLocal("2026-11-14") },
  step: "daily",
} as const;

function days(span: Span | null): string {
  return span
    ? [span.start, span.end].map((time) => new Date(time).toISOString().slice(0, 10)).join("..")
    : "";
}

describe("a period that moves", () => {
  it.each([
    ["today", "2026-11-21..2026-11-22"],
    ["yesterday", "2026-11-20..2026-11-21"],
    ["last_7_days", "2026-11-14..2026-11-21"],
    // The 21st of November 2026 is a Saturday.
    ["last_week", "2026-11-09..2026-11-16"],
    ["last_month", "2026-10-01..2026-11-01"],
    ["last_3_months", "2026-08-01..2026-11-01"],
    ["last_quarter", "2026-07-01..2026-10-01"],
    ["this_year", "2026-01-01..2027-01-01"],
  ] as const)("%s means the API's days", (name, wanted) => {
    expect(days(resolvePeriod(name, "", NOW).span)).toBe(wanted);
  });

  it("is compared with as many units before, or the same days a year before", () => {
    expect(days(resolvePeriod("last_3_months", "previous", NOW).base)).toBe("2026-05-01..2026-08-01");
    expect(days(resolvePeriod("last_month", "year_before", NOW).base)).toBe("2025-10-01..2025-11-01");
  });
});

describe("an order", () => {
  it("names the report, its entity and a moving period", () => {
    expect(toWanted(DRAFT, VIEW)).toEqual({
      report: "spaceenergycategory",
      entity: { kind: "space", id: 1 },
      parameters: { periodtype: "daily" },
      period: "last_month",
      compare: "previous",
    });
  });

  it("takes the period and comparison of the top bar as instants", () => {
    const wanted = toWanted({ ...DRAFT, entity: "virtualmeter", period: "view" }, VIEW);
    expect(wanted.report).toBe("virtualmeterenergy");
    expect(wanted.entity).toEqual({ kind: "virtual_meter", id: 1 });
    expect(wanted.parameters).toEqual({
      periodtype: "daily",
      reportingperiodstartdatetime: "2026-11-14T00:00:00",
      reportingperiodenddatetime: "2026-11-21T00:00:00",
      baseperiodstartdatetime: "2026-11-07T00:00:00",
      baseperiodenddatetime: "2026-11-14T00:00:00",
    });
  });

  it("of a list is about the space", () => {
    const wanted = toWanted({ ...DRAFT, kind: "batch", entity: "tenant" }, VIEW);
    expect([wanted.report, wanted.entity]).toEqual(["tenantbatch", { kind: "space", id: 1 }]);
  });

  it("is read as it was written, for every report of every entity", () => {
    for (const report of ORDERABLES) {
      for (const entity of report.entities) {
        const draft = { ...DRAFT, kind: report.kind, entity };
        expect(readWanted(toWanted(draft, VIEW))).toEqual(draft);
      }
    }
  });

  it("of a report that is not known here is not read", () => {
    expect(readWanted({ report: "microgriddetails" })).toBeNull();
  });
});

describe("a rhythm", () => {
  it.each([
    ["0 6 * * *", { kind: "daily", time: "06:00" }],
    ["30 7 * * 1", { kind: "weekly", time: "07:30", weekday: 1 }],
    ["5 0 1 * *", { kind: "monthly", time: "00:05", day: 1 }],
    ["30 7 * * 1-5", { kind: "cron", expression: "30 7 * * 1-5" }],
    ["0 6 31 * *", { kind: "cron", expression: "0 6 31 * *" }],
    ["0 6 1 * 1", { kind: "cron", expression: "0 6 1 * 1" }],
  ] as const)("%s has its words, and back", (expression, words) => {
    expect(fromCron(expression)).toEqual(words);
    expect(toCron(words)).toBe(expression);
  });

  it("counts weekdays as cron does, with Sunday twice", () => {
    expect(fromCron("0 6 * * 7")).toEqual({ kind: "weekly", time: "06:00", weekday: 0 });
    expect([0, 1, 6].map((day) => weekdayName(day, "en-GB"))).toEqual(["Sunday", "Monday", "Saturday"]);
  });

  it("goes to each address once", () => {
    expect(splitAddresses(" a@example.com, b@example.com;a@example.com\n")).toEqual([
      "a@example.com",
      "b@example.com",
    ]);
  });
});

describe("a document", () => {
  const stored: ReportDocument = {
    id: "d",
    name: "Letter",
    owner: "user:1",
    is_mine: true,
    is_shared: true,
    updated: "2026-11-21T08:00:00+00:00",
    subtitle: "To the board",
    period: "last_month",
    compare: "year_before",
    blocks: [
      { title: "Summary", text: "What was used.", report: "", show: ["kpi", "chart", "table"] },
      {
        report: "spacecost",
        entity: { kind: "space", id: 3 },
        parameters: { periodtype: "daily" },
        period: "",
        compare: "",
        title: "",
        text: "",
        show: ["chart"],
        table: "details",
      },
      {
        report: "spacecarbon",
        entity: { kind: "space", id: 3 },
        period: "last_year",
        compare: "",
        show: ["kpi"],
      },
    ],
  };

  it("is written as it was read: texts, blocks of the document's period and of their own", () => {
    const written = writeDocument(readDocument(stored));
    expect([written.name, written.is_shared, written.compare]).toEqual(["Letter", true, "year_before"]);
    expect(written.blocks[0]).toEqual({ title: "Summary", text: "What was used." });
    expect(written.blocks[1]).toEqual(stored.blocks[1]);
    expect(written.blocks[2]).toMatchObject({ report: "spacecarbon", period: "last_year", show: ["kpi"] });
  });

  it("lends its period to blocks that have none", () => {
    const edited = readDocument(stored);
    const [, ofDocument, ofOwn] = edited.blocks;
    if (!ofDocument || !ofOwn) throw new Error("blocks are lacking");
    expect(periodOf(ofDocument, edited)).toEqual({ period: "last_month", compare: "year_before" });
    expect(periodOf(ofOwn, edited)).toEqual({ period: "last_year", compare: "" });
  });

  it("moves and takes blocks without losing any", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(inserted(["a", "b"], 1, "x")).toEqual(["a", "x", "b"]);
  });
});
