import { parseLocal } from "@ems/ui";
import { describe, expect, it } from "vitest";
import { beyond } from "../src/messages/NowCard";
import { reportParameters } from "../src/reports/parameters";
import { readPeriod, readSpaceId } from "../src/state/address";

const NOW = parseLocal("2026-11-21T17:20:00");

describe("an address before the page is there", () => {
  it("is today against the same hours of yesterday when it says nothing", () => {
    const period = readPeriod(new URLSearchParams(), NOW);
    expect(reportParameters("space", 7, period, "en")).toEqual({
      spaceid: 7,
      periodtype: "hourly",
      reportingperiodstartdatetime: "2026-11-21T00:00:00",
      reportingperiodenddatetime: "2026-11-22T00:00:00",
      baseperiodstartdatetime: "2026-11-20T00:00:00",
      baseperiodenddatetime: "2026-11-20T17:00:00",
      language: "en",
    });
  });

  it("takes period, resolution, comparison and space from it", () => {
    const params = new URLSearchParams("p=last-30-days&step=weekly&cmp=none&space=12");
    const period = readPeriod(params, NOW);
    expect(period).toMatchObject({ step: "weekly", isAutoStep: false, compare: "none", base: null });
    expect(readSpaceId(params)).toBe(12);
    expect(readSpaceId(new URLSearchParams("space=x"))).toBeNull();
  });
});

describe("values beyond their limits", () => {
  it("are those whose newest event has not come back", () => {
    const event = { name: "Voltage", value: 255, limit: 253, unit: "V", utc: "" };
    const high = { ...event, point_id: 1, state: "high" as const };
    const low = { ...event, point_id: 2, state: "low" as const };
    const back = { ...event, point_id: 1, state: "normal" as const, limit: null };
    expect(beyond([low, high])).toEqual([low, high]);
    expect(beyond([back, low, high])).toEqual([low]);
  });
});
