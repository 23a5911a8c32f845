import { readFileSync } from "node:fs";
import {
  type ColorToken,
  colorDistance,
  ORDERED_COLORS,
  orderedColor,
  parseLocal,
  SERIES_TOKENS,
} from "@ems/ui";
import { describe, expect, it } from "vitest";
import { curveColors, withColors } from "../src/reports/colors";
import { endpoint, findReport, REPORTS, readerFor } from "../src/reports/declarations";
import { quote, toCsv } from "../src/reports/export";
import { hasData, sumBuckets, withSoundChanges } from "../src/reports/model";
import { runningBucket } from "../src/reports/query";
import { readCategories, readLoad, readMeter, squareUnit } from "../src/reports/readers";

const ANSWER = {
  space: { id: 1, name: "Campus", area: 100, number_of_occupants: 10 },
  base_period: {
    names: ["Water", "Electricity"],
    units: ["m³", "kWh"],
    timestamps: [["2026-11-20T00:00:00"], ["2026-11-20T00:00:00"]],
    values: [[1], [8]],
    subtotals: [1, 8],
  },
  reporting_period: {
    names: ["Electricity", "Water"],
    energy_category_ids: [1, 6],
    units: ["kWh", "m³"],
    timestamps: [
      ["2026-11-21T00:00:00", "2026-11-21T01:00:00"],
      ["2026-11-21T00:00:00", "2026-11-21T01:00:00"],
    ],
    values: [
      [10, null],
      [0, 2],
    ],
    subtotals: [10, 2],
    increment_rates: [0.25, 1],
    onpeaks: [7, 0],
    offpeaks: [3, 0],
    total_in_kgco2e: 1.9,
    increment_rate_in_kgco2e: null,
  },
  child_space: {
    energy_category_names: ["Electricity"],
    units: ["kWh"],
    child_space_ids_array: [[2, 3]],
    child_space_names_array: [["A", "B"]],
    subtotals_array: [[6, 4]],
  },
};

describe("readers", () => {
  it("match the base period by name, not by position", () => {
    const model = readCategories(ANSWER, "space");
    const [electricity, water] = model.series;
    expect(electricity?.baseTotal).toBe(8);
    expect(water?.baseTotal).toBe(1);
    expect(electricity?.peaks.map((p) => p.level)).toEqual(["onpeak", "offpeak"]);
    expect(model.totals).toEqual([{ key: "co2", value: 1.9, unit: "kgCO2e", changeRatio: null }]);
    expect(model.children[0]?.items).toEqual([
      { id: 2, name: "A", value: 6 },
      { id: 3, name: "B", value: 4 },
    ]);
  });

  it("make an empty report of an empty answer", () => {
    for (const report of REPORTS) {
      for (const entity of report.entities) {
        expect(() => readerFor(report, entity)({}, "space")).not.toThrow();
      }
    }
  });

  it("show load as what is used in an hour, that of energy in kW", () => {
    const period = {
      ...ANSWER.reporting_period,
      sub_averages: [[5], [1]],
      sub_maximums: [[9], [2]],
      averages: [5, 1],
    };
    const { series } = readLoad({ ...ANSWER, reporting_period: period }, "space");
    expect(series.map((one) => one.unit)).toEqual(["kW", "m³/h"]);
    expect(series[0]?.second?.values).toEqual([9]);
  });

  it("take the single arrays of a meter", () => {
    const model = readMeter(
      {
        meter: { id: 4, name: "M", energy_category_name: "Electricity", unit_of_measure: "kWh" },
        base_period: {},
        reporting_period: {
          timestamps: ["2026-11-21"],
          values: [3],
          total_in_category: 3,
          total_in_kgco2e: 1,
        },
      },
      "meter",
    );
    expect(model.series[0]?.values).toEqual([3]);
    expect(model.entityName).toBe("M");
  });
});

describe("changes", () => {
  const compared = (own: (number | null)[], base: (number | null)[]) => {
    const rates = { increment_rates: [30.1], increment_rate_in_kgco2e: 30.1, total_in_kgco2e: 1 };
    const stamps = own.map((_, hour) => `2026-11-21T${String(hour).padStart(2, "0")}:00:00`);
    const common = { names: ["Electricity"], units: ["kWh"], timestamps: [stamps] };
    const model = readCategories(
      {
        ...ANSWER,
        base_period: { ...common, values: [base], subtotals: [1] },
        reporting_period: { ...common, ...rates, values: [own], subtotals: [31] },
      },
      "space",
    );
    const sound = withSoundChanges(model);
    return [sound.series[0]?.changeRatio, sound.totals[0]?.changeRatio];
  };
  const day = Array.from({ length: 20 }, () => 1.5);

  it("against a period that was hardly measured are none", () => {
    expect(compared(day, [...day.slice(1).map(() => null), 1])).toEqual([null, null]);
    expect(compared([...day.slice(4), null, null, null, null], day)).toEqual([null, null]);
  });

  it("stand when nearly all of both is known", () => {
    expect(compared(day, day)).toEqual([30.1, 30.1]);
    expect(compared(day, [...day.slice(1), null])).toEqual([30.1, 30.1]);
  });
});

describe("a report's time axis", () => {
  it("has one bucket that still runs, or none", () => {
    const stamps = readCategories(ANSWER, "space").series[0]?.stamps ?? [];
    expect(runningBucket(stamps, "hourly", parseLocal("2026-11-21T00:30:00"))).toBe(0);
    expect(runningBucket(stamps, "hourly", parseLocal("2026-11-25"))).toBe(-1);
  });

  it("sums buckets without turning gaps into zeros", () => {
    expect(
      sumBuckets([
        [1, null],
        [2, null, 3],
      ]),
    ).toEqual([3, null, 3]);
  });
});

describe("exports", () => {
  const titles = { time: "Time", comparison: "Before", estimated: "estimated", second: (key: string) => key };
  const series = readCategories(ANSWER, "space").series.slice(0, 1);

  it("write exactly the values, gaps as empty cells", () => {
    expect(toCsv(series, titles).split("\r\n")).toEqual([
      "Time,Electricity [kWh],Before: Electricity [kWh]",
      "2026-11-21T00:00:00,10,8",
      "2026-11-21T01:00:00,,",
      "",
    ]);
  });

  it("say what is estimated, and hold a second curve", () => {
    const full = series.map((one) => ({
      ...one,
      estimated: [false, true],
      second: { name: "maximums", values: [12, 13.5] },
    }));
    expect(toCsv(full, titles).split("\r\n")).toEqual([
      "Time,Electricity [kWh],Electricity: estimated,maximums: Electricity [kWh],Before: Electricity [kWh]",
      "2026-11-21T00:00:00,10,0,12,8",
      "2026-11-21T01:00:00,,1,13.5,",
      "",
    ]);
  });
});

describe("endpoints", () => {
  it("follow entity and kind, with energy for meters", () => {
    const report = findReport("energycategory");
    if (!report) throw new Error("not declared");
    expect(endpoint(report, "space")).toBe("/v1/reports/spaceenergycategory");
    expect(endpoint(report, "virtualmeter")).toBe("/v1/reports/virtualmeterenergy");
  });
});

describe("cells of a CSV file", () => {
  it("begin no formula, and leave numbers alone", () => {
    expect(quote("=1+1")).toBe("'=1+1");
    expect(quote('@SUM(A1),"x"')).toBe('"\'@SUM(A1),""x"""');
    for (const number of ["-5", "-0.25", "1e-7", "-1.5e-7"]) expect(quote(number)).toBe(number);
    expect(quote("-5+A1")).toBe("'-5+A1");
  });
});

describe("a period without readings", () => {
  const empty = {
    names: ["Gas"],
    units: ["kWh"],
    timestamps: [["2026-11-21", "2026-11-22"]],
    values: [[null, null]],
    subtotals: [0],
    total: 0,
    total_unit: "GBP",
    total_in_kgco2e: 0,
  };

  it("has no total, where the API adds nothing up to 0", () => {
    const model = readCategories({ reporting_period: empty, base_period: empty }, "space");
    expect(model.series[0]?.total).toBeNull();
    expect(model.series[0]?.baseTotal).toBeNull();
    expect(model.totals).toEqual([]);
    expect(hasData(model)).toBe(false);
  });

  it("is another thing than zeros that were measured", () => {
    const zeros = { ...empty, values: [[0, null]] };
    const model = readCategories({ reporting_period: zeros }, "space");
    expect(model.series[0]?.total).toBe(0);
    expect(hasData(model)).toBe(true);
  });

  it("of a meter has no total either", () => {
    const period = { timestamps: ["2026-11-21"], values: [null], total_in_category: 0, total_in_kgco2e: 0 };
    const model = readMeter(
      { meter: { name: "M", unit_of_measure: "kWh" }, reporting_period: period },
      "meter",
    );
    expect(model.series[0]?.total).toBeNull();
    expect(model.totals).toEqual([]);
  });
});

describe("curves of a plant", () => {
  it("have the colour of the part they are of, once, and else one each", () => {
    const names = ["Battery active power", "Grid meter active power", "Battery set point", "Oil"];
    const colors = curveColors(names, false);
    expect(colors.slice(0, 2)).toEqual(["var(--battery)", "var(--grid)"]);
    expect(new Set(colors).size).toBe(names.length);
  });
});

describe("series of a report", () => {
  it("have a colour each in both themes, also when there are as many as a house has energy items", () => {
    const items = Array.from({ length: 13 }, (_, i) => ({ id: 3 + 7 * i, name: `Item ${i}` }));
    const colors = withColors([{ id: 1, name: "Electricity" }, ...items]).map((one) => one.colors);
    for (const theme of [0, 1] as const) {
      expect(new Set(colors.map((pair) => pair[theme])).size).toBe(14);
    }
  });
});

/** The distance of the two colours of a list that are least apart. */
function leastApart(colors: readonly string[]): number {
  const pairs = colors.flatMap((one, i) => colors.slice(i + 1).map((other) => colorDistance(one, other)));
  return Math.min(...pairs);
}

describe("colours of a chart", () => {
  const value = (color: string, theme: 0 | 1) =>
    SERIES_TOKENS[/--([\w-]+)/.exec(color)?.[1] as ColorToken]?.[theme] ?? color;
  const css = readFileSync(`${import.meta.dirname}/../packages/ui/src/styles/tokens.css`, "utf-8");
  const themes = css.split(':root[data-theme="dark"]');

  it("are far apart where they have no meaning of their own", () => {
    for (const isDark of [false, true]) {
      const all = Array.from({ length: ORDERED_COLORS }, (_, i) => orderedColor(i, isDark));
      expect(leastApart(all)).toBeGreaterThan(9);
    }
  });

  it("are told apart beside those of categories, as of the energy items of a house", () => {
    const names = [
      "Lighting",
      "Small Power",
      "Cooling Plant",
      "Ventilation",
      "Data Centre",
      "Laboratory Supply",
    ];
    names.push("Process", "Catering", "Heating and Hot Water", "Space Heating", "Chilled Water", "Losses");
    const colors = withColors(names.map((name, i) => ({ id: i + 1, name }))).map((one) => one.colors);
    for (const theme of [0, 1] as const)
      expect(leastApart(colors.map((pair) => value(pair[theme], theme)))).toBeGreaterThan(6);
    expect(colors[8]?.[0]).toBe("var(--heating)");
    const curves = curveColors(["Building load", "Oil", "Steam", "Air", "Tank"], false);
    expect(leastApart(curves.map((color) => value(color, 0)))).toBeGreaterThan(9);
  });

  it("have the values that the style sheet has", () => {
    for (const [token, pair] of Object.entries(SERIES_TOKENS))
      for (const theme of [0, 1] as const) expect(themes[theme]).toContain(`--${token}: ${pair[theme]};`);
  });

  it("are as far apart as the eye sees them", () => {
    expect(colorDistance("#000000", "#ffffff")).toBeCloseTo(100, 1);
    expect(colorDistance("#c43d4b", "#b8484f")).toBeLessThan(5);
  });
});

describe("the square of a unit", () => {
  it("is one of the whole unit", () => {
    expect([squareUnit("kWh"), squareUnit("m³"), squareUnit("m3")]).toEqual(["kWh²", "(m³)²", "(m³)²"]);
  });
});
