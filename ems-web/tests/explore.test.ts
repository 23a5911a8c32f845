import { parseLocal } from "@ems/ui";
import { describe, expect, it } from "vitest";
import { doubts, durationCurve, fitLine, heatMap, pairs, stretches } from "../src/explore/analysis";
import { type Line, readPart } from "../src/explore/data";
import { durationOption } from "../src/explore/options";
import { levelOf, slotAt } from "../src/explore/tariff";
import { formatTokens, parseToken, parseTokens } from "../src/explore/tokens";
import { closedOnly } from "../src/explore/useExplore";

describe("series in the address", () => {
  it("are read as they were written", () => {
    const text = "energy.space.1.0~billing.tenant.7.2~point.900101";
    expect(formatTokens(parseTokens(text))).toBe(text);
  });

  it.each(["", "energy.space", "energy.castle.1.1", "point.x", "energy.space.0.1", "noise.space.1.1"])(
    "that make no sense are left out: %s",
    (text) => {
      expect(parseToken(text)).toBeNull();
    },
  );
});

describe("an answer", () => {
  const value = (start: string, amount: number | null, quality = 0) => ({ start, value: amount, quality });
  const answer = {
    entity: { name: "Campus" },
    series: [
      { id: 1, name: "Electricity", unit: "GBP", values: [value("2026-11-01T00:00:00+00:00", 2, 1)] },
      { id: 2, name: "Gas", unit: "GBP", values: [value("2026-11-01T00:00:00+00:00", 5)] },
    ],
  };
  const token = { kind: "use", entity: "space", id: 1 } as const;

  it("of energy is the largest category until one is named", () => {
    expect(readPart(answer, { ...token, measure: "energy", category: 0 })?.name).toBe("Campus · Gas");
    expect(readPart(answer, { ...token, measure: "energy", category: 1 })?.values).toEqual([2]);
  });

  it("of cost is all categories together, estimated where one of them is", () => {
    const part = readPart(answer, { ...token, measure: "billing", category: 0 });
    expect([part?.name, part?.values, part?.estimated]).toEqual(["Campus", [7], [true]]);
  });

  it("without the category is none", () => {
    expect(readPart(answer, { ...token, measure: "energy", category: 9 })).toBeNull();
  });
});

describe("an analysis", () => {
  it("sorts a duration curve and leaves gaps out", () => {
    expect(durationCurve([1, null, 3, 2, 4])).toEqual([
      [12.5, 4],
      [37.5, 3],
      [62.5, 2],
      [87.5, 1],
    ]);
  });

  it("puts hours below days; the doubled hour is the mean of both", () => {
    const stamps = [
      "2026-10-24T23:00:00",
      "2026-10-25T01:00:00",
      "2026-10-25T01:00:00",
      "2026-10-25T02:00:00",
    ];
    const heat = heatMap(stamps, [4, 1, 3, null], [false, false, true, false]);
    expect(heat.days).toEqual([parseLocal("2026-10-24"), parseLocal("2026-10-25")]);
    expect(heat.cells).toEqual([
      { day: 0, hour: 23, value: 4, isEstimated: false },
      { day: 1, hour: 1, value: 2, isEstimated: true },
    ]);
  });

  it("fits the line of least squares", () => {
    // Anscombe's first quartet: y = 3.00 + 0.500 x, R² = 0.67 (doi:10.1080/00031305.1973.10478966).
    const xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const fit = fitLine(xs.map((x, i) => [x, ys[i] ?? 0] as const));
    expect(fit?.slope).toBeCloseTo(0.5, 2);
    expect(fit?.intercept).toBeCloseTo(3, 2);
    expect(fit?.r2).toBeCloseTo(0.67, 2);
    expect(
      fitLine([
        [1, 1],
        [1, 2],
        [1, 3],
      ]),
    ).toBeNull();
  });

  it("pairs values of the same bucket only", () => {
    expect(pairs([1, null, 3], [4, 5, null])).toEqual([{ index: 0, x: 1, y: 4 }]);
  });

  it("marks what is missing and estimated up to now", () => {
    const list = { values: [1, null, 2, null], estimated: [false, false, true, false] };
    const stamps = [
      "2026-11-01T00:00:00",
      "2026-11-01T01:00:00",
      "2026-11-01T02:00:00",
      "2026-11-01T03:00:00",
    ];
    const words = doubts([list], stamps, "hourly", parseLocal("2026-11-01T03:30:00"));
    expect(words).toEqual(["", "missing", "estimated", "running"]);
    expect(doubts([list], ["2026-11-01T00:00:00"], "daily", parseLocal("2026-11-02T00:00:00"))).toEqual([""]);
    expect(stretches(["a", "a", "", "b", "a"])).toEqual([
      { word: "a", from: 0, to: 1 },
      { word: "b", from: 3, to: 3 },
      { word: "a", from: 4, to: 4 },
    ]);
  });

  it("knows the level of the tariff at a time of day", () => {
    const slot = (start: string, end: string, peak: string) => ({
      start_time_of_day: start,
      end_time_of_day: end,
      peak_type: peak,
      price: 1,
    });
    const slots = [slot("00:00:00", "06:59:59", "offpeak"), slot("07:00:00", "23:59:59", "onpeak")];
    const level = (stamp: string) => levelOf(slotAt(slots, stamp));
    expect([level("2026-11-01T06:00:00"), level("2026-11-01T07:00:00")]).toEqual(["offpeak", "onpeak"]);
    expect(levelOf(undefined)).toBe("");
  });
});

describe("a line without what is still running", () => {
  it("leaves the unfinished bucket out and keeps the others", () => {
    const stamps = ["2026-11-21T22:00:00", "2026-11-21T23:00:00", "2026-11-22T00:00:00"];
    const line = { stamps, values: [5, 6, 1] } as unknown as Line;
    const now = parseLocal("2026-11-22T00:00:00");
    expect(closedOnly(line, "hourly", now).values).toEqual([5, 6, null]);
    const days = { ...line, stamps: ["2026-11-20T00:00:00", "2026-11-21T00:00:00", "2026-11-22T00:00:00"] };
    expect(closedOnly(days, "daily", parseLocal("2026-11-22T05:00:00")).values).toEqual([5, 6, null]);
  });
});

describe("the axis of a chart", () => {
  it("is in the unit in which the largest value reads best", () => {
    const axis = (unit: string, most: number) => {
      const curve = { name: "", unit, color: "#000", points: [[0, most]] as [number, number][] };
      const option = durationOption({ curves: [curve], units: [unit], xName: "", locale: "en-GB" });
      const [y] = option.yAxis as { name: string; axisLabel: { formatter: (value: number) => string } }[];
      return [y?.name, y?.axisLabel.formatter(most)];
    };
    expect(axis("kWh", 136_000)).toEqual(["MWh", "136"]);
    expect(axis("kWh", 6_925)).toEqual(["kWh", "6,925"]);
    expect(axis("GBP", 1_500)).toEqual(["£", "1,500"]);
    expect(axis("°C", 21)).toEqual(["°C", "21"]);
  });
});
