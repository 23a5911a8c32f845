import { DAY, parseLocal } from "@ems/ui";
import { describe, expect, it } from "vitest";
import { type Budget, burnDown, forecast, readDays } from "../src/budgets/model";

const NOW = parseLocal("2026-11-21T12:00:00");
const TODAY = parseLocal("2026-11-21");
const BUDGET: Budget = {
  id: 1,
  name: "November",
  space: { id: 1, name: "Campus" },
  tenant: null,
  measure: "cost",
  energy_category: null,
  period: "month",
  starts_on: "2026-11-01",
  amount: 3000,
  description: null,
};

/** Days from one on, all with the same value. */
function steady(from: string, count: number, value: number): Map<number, number> {
  return new Map(Array.from({ length: count }, (_, i) => [parseLocal(from) + i * DAY, value]));
}

describe("the days of an answer", () => {
  const answer = {
    series: [
      { id: 1, unit: "GBP", values: [{ start: "2026-11-01T00:00:00+00:00", value: 2 }] },
      {
        id: 2,
        unit: "GBP",
        values: [
          { start: "2026-11-01T00:00:00+00:00", value: 3 },
          { start: "2026-11-02T00:00:00+00:00", value: null },
        ],
      },
    ],
  };

  it("add up all categories, and leave out days without a value", () => {
    expect([...readDays(answer, null)]).toEqual([[parseLocal("2026-11-01"), 5]]);
  });

  it("are those of one category when it is named", () => {
    expect([...readDays(answer, 1).values()]).toEqual([2]);
  });
});

describe("a forecast", () => {
  const span = { start: parseLocal("2026-11-01"), end: parseLocal("2026-12-01") };

  it("is the mean of the same weekdays when the year before is not known", () => {
    // Four weeks before Saturday the 21st: 100 on working days, 20 at weekends.
    const days = new Map(
      [...steady("2026-10-24", 28, 100)].map(([day]) => [
        day,
        [0, 6].includes(new Date(day).getUTCDay()) ? 20 : 100,
      ]),
    );
    const found = forecast(days, new Map(), span, TODAY);
    expect(found.basis).toBe("weekday");
    expect(found.of(parseLocal("2026-11-23"))).toBe(100);
    expect(found.of(parseLocal("2026-11-28"))).toBe(20);
  });

  it("follows the year before, scaled to what is used now", () => {
    const now = steady("2026-10-24", 28, 50);
    const before = new Map([...steady("2025-10-20", 80, 100), [parseLocal("2025-11-24"), 300]]);
    const found = forecast(now, before, span, TODAY);
    expect(found.basis).toBe("season");
    // Half of the year before; the 23rd is 364 days after the 24th of the year before.
    expect(found.of(parseLocal("2026-11-23"))).toBe(150);
    expect(found.of(parseLocal("2026-11-25"))).toBe(50);
  });

  it("is none without recent values", () => {
    expect(forecast(new Map(), new Map(), span, TODAY).basis).toBe("none");
  });
});

describe("the course of a budget", () => {
  it("burns down by what was used and is expected to go on so", () => {
    const burn = burnDown(BUDGET, new Map([...steady("2026-10-24", 28, 110), [TODAY, 40]]), new Map(), NOW);
    // 20 full days of November at 110, 40 of today.
    expect(burn.total).toBe(20 * 110 + 40);
    // Ten more days, today among them, at 110.
    expect(burn.expected).toBe(30 * 110);
    expect(burn.state).toBe("warning");
    expect(burn.left[0]).toBe(3000 - 110);
    expect(burn.left[19]).toBe(3000 - 20 * 110);
    expect(burn.left[20]).toBeNull();
    expect(burn.expectedLeft[19]).toBe(3000 - 20 * 110);
    expect(burn.expectedLeft[29]).toBe(3000 - 30 * 110);
    expect(burn.even[29]).toBeCloseTo(0, 9);
    // 20.5 of 30 days are over.
    expect(burn.elapsedRatio).toBeCloseTo(20.5 / 30, 9);
    expect(burn.missingDays).toBe(0);
  });

  it("is exceeded, within, not begun or not known", () => {
    const state = (amount: number, value: number) =>
      burnDown({ ...BUDGET, amount }, steady("2026-10-24", 28, value), new Map(), NOW).state;
    expect(state(100, 110)).toBe("over");
    expect(state(5000, 110)).toBe("good");
    expect(burnDown({ ...BUDGET, starts_on: "2027-01-01" }, new Map(), new Map(), NOW).state).toBe("future");
    expect(burnDown(BUDGET, new Map(), new Map(), NOW).state).toBe("unknown");
  });

  it("counts the days that lack a value", () => {
    const days = steady("2026-11-01", 20, 10);
    days.delete(parseLocal("2026-11-05"));
    expect(burnDown(BUDGET, days, new Map(), NOW).missingDays).toBe(1);
  });

  it("of a year that is over is what was used", () => {
    const burn = burnDown(
      { ...BUDGET, period: "year", starts_on: "2025-01-01", amount: 365 },
      steady("2025-01-01", 365, 1),
      new Map(),
      NOW,
    );
    expect([burn.total, burn.expected, burn.elapsedRatio]).toEqual([365, 365, 1]);
    expect(burn.state).toBe("good");
  });
});
