import { describe, expect, it } from "vitest";
import { add, HOUR, parseLocal, startOf, toIsoLocal, wallClock } from "../src/time/local";
import { allowedSteps, autoStep, baseSpan, formatSpec, parseSpec, resolve, shift } from "../src/time/period";

const at = parseLocal;

describe("local time", () => {
  it("reads every stamp format of the report answers", () => {
    expect(toIsoLocal(at("2026"))).toBe("2026-01-01T00:00:00");
    expect(toIsoLocal(at("2026-11"))).toBe("2026-11-01T00:00:00");
    expect(toIsoLocal(at("2026-11-21"))).toBe("2026-11-21T00:00:00");
    expect(toIsoLocal(at("2026-11-21T08:15:30"))).toBe("2026-11-21T08:15:30");
    expect(at("soon")).toBeNaN();
  });

  it("shows the site's clock, summer time included, wherever the browser is", () => {
    // 2026-03-29 01:00 UTC is when London changes from 01:00 to 02:00.
    expect(toIsoLocal(wallClock(Date.UTC(2026, 2, 29, 0, 59, 59), "Europe/London"))).toBe(
      "2026-03-29T00:59:59",
    );
    expect(toIsoLocal(wallClock(Date.UTC(2026, 2, 29, 1), "Europe/London"))).toBe("2026-03-29T02:00:00");
  });

  it("starts weeks on Monday", () => {
    expect(toIsoLocal(startOf("week", at("2026-11-22T12:00:00")))).toBe("2026-11-16T00:00:00");
    expect(toIsoLocal(startOf("week", at("2026-11-16")))).toBe("2026-11-16T00:00:00");
  });

  it("adds months to the end of a longer month without spilling over", () => {
    expect(toIsoLocal(add(at("2026-01-31T10:00:00"), 1, "month"))).toBe("2026-02-28T10:00:00");
    expect(toIsoLocal(add(at("2024-02-29"), 1, "year"))).toBe("2025-02-28T00:00:00");
  });
});

describe("periods", () => {
  const now = at("2026-11-21T08:15:00");

  it("resolves names at the site's clock", () => {
    expect(resolve({ preset: "today" }, now)).toEqual({ start: at("2026-11-21"), end: at("2026-11-22") });
    expect(resolve({ preset: "last-month" }, now)).toEqual({
      start: at("2026-10-01"),
      end: at("2026-11-01"),
    });
    expect(resolve({ preset: "last-7-days" }, now)).toEqual({
      start: at("2026-11-15"),
      end: at("2026-11-22"),
    });
  });

  it("survives the way through the address", () => {
    for (const text of ["this-month", "2026-11-01..2026-11-08", "2026-11-01T06:00..2026-11-01T09:00"]) {
      const spec = parseSpec(text);
      expect(spec && formatSpec(spec)).toBe(text);
    }
    expect(parseSpec("2026-11-08..2026-11-01")).toBeNull();
    expect(parseSpec("nonsense")).toBeNull();
  });

  it("steps whole months by months and other spans by their length", () => {
    expect(shift({ start: at("2026-03-01"), end: at("2026-04-01") }, -1)).toEqual({
      start: at("2026-02-01"),
      end: at("2026-03-01"),
    });
    expect(shift({ start: at("2026-03-01"), end: at("2026-03-08") }, 1)).toEqual({
      start: at("2026-03-08"),
      end: at("2026-03-15"),
    });
  });

  it("compares a running period with the same part of the one before", () => {
    const today = resolve({ preset: "today" }, now);
    expect(baseSpan(today, "previous", now)).toEqual({
      start: at("2026-11-20"),
      end: at("2026-11-20T08:00:00"),
    });
    const yesterday = resolve({ preset: "yesterday" }, now);
    expect(baseSpan(yesterday, "previous", now)).toEqual({ start: at("2026-11-19"), end: at("2026-11-20") });
    expect(baseSpan(yesterday, "year", now)).toEqual({ start: at("2025-11-20"), end: at("2025-11-21") });
    expect(baseSpan(yesterday, "none", now)).toBeNull();
  });

  it("compares with the same days of the week, however long the span", () => {
    const now = at("2026-11-21T08:15:00");
    expect(baseSpan(resolve({ preset: "today" }, now), "week", now)).toEqual({
      start: at("2026-11-14"),
      end: at("2026-11-14T08:00:00"),
    });
    const month = { start: at("2026-10-01"), end: at("2026-11-01") };
    // 31 days: five weeks earlier, so that Thursdays meet Thursdays and no day is in both.
    expect(baseSpan(month, "week", now)).toEqual({ start: at("2026-08-27"), end: at("2026-09-27") });
  });

  it("never offers a resolution with one bar or more than a year of hours", () => {
    const day = { start: at("2026-11-21"), end: at("2026-11-22") };
    const year = { start: at("2026-01-01"), end: at("2027-01-01") };
    expect(allowedSteps(day)).toEqual(["hourly"]);
    const twoYears = { start: at("2025-01-01"), end: at("2027-01-01") };
    expect(allowedSteps(year)).toEqual(["hourly", "daily", "weekly", "monthly"]);
    expect(allowedSteps(twoYears)).toEqual(["weekly", "monthly", "yearly"]);
    for (const span of [day, year, twoYears, { start: at("2026-11-21"), end: at("2026-11-21") + HOUR }]) {
      expect(allowedSteps(span)).toContain(autoStep(span));
    }
  });
});
