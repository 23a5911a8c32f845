import { readFileSync } from "node:fs";
import { parseLocal } from "@ems/ui";
import { describe, expect, it } from "vitest";
import { inReadingOrder } from "../packages/ui/src/chart/SankeyDiagram";
import { sortRows } from "../packages/ui/src/components/DataTable";
import { pagesDe } from "../src/i18n/pages.de";
import { pagesEn } from "../src/i18n/pages.en";
import { pagesZh } from "../src/i18n/pages.zh";
import { clampSeconds, showAddress, showOf } from "../src/kiosk/store";
import { withoutCommonStart } from "../src/live/names";
import { project, roundLength } from "../src/map/project";
import { readLinks, unmeasured } from "../src/pages/EnergyFlowPage";
import { readBatch } from "../src/reports/batch";
import { readComparison } from "../src/reports/comparison";
import { groupCurves, readCurves, withGaps } from "../src/reports/curves";
import { tableCsv } from "../src/reports/tableCsv";
import { parseCompare } from "../src/state/address";
import { readDevices, readFlows, readIndicators } from "../src/stations/model";
import { batteryText } from "../src/svg/battery";
import { batteryPoints, narrowLayout, parseSvg, svgElements } from "../src/svg/sanitise";

const SPAN = { start: parseLocal("2026-11-14"), end: parseLocal("2026-11-16") };

describe("a table", () => {
  const columns = [{ key: "v", title: "V", cell: () => "", sort: (row: { v: number | null }) => row.v }];
  const rows = [{ v: 2 }, { v: null }, { v: 10 }];

  it("sorts numbers by value and puts gaps last either way", () => {
    const values = (isDown: boolean) => sortRows(rows, columns, { key: "v", isDown }).map((row) => row.v);
    expect(values(false)).toEqual([2, 10, null]);
    expect(values(true)).toEqual([10, 2, null]);
  });

  it("becomes CSV with quoted names and empty gaps", () => {
    const csv = tableCsv(
      [
        { title: "a, b", value: (row: { v: number | null }) => row.v },
        { title: "x", value: () => 'say "x"' },
      ],
      rows,
    );
    expect(csv.split("\r\n").slice(0, 3)).toEqual(['"a, b",x', '2,"say ""x"""', ',"say ""x"""']);
  });
});

describe("a batch", () => {
  it("leaves out what nobody has values of and adds cost and carbon", () => {
    const model = readBatch(
      {
        space_id: 1,
        tenants: [
          {
            id: 7,
            tenant_name: "Wren",
            space_name: "Floor 3",
            cost_center_name: "C",
            values: [5, null, 0],
            cost: 2,
            carbon_emissions: 1,
          },
        ],
        energycategories: [
          { id: 1, name: "Electricity", unit_of_measure: "kWh" },
          { id: 2, name: "Gas", unit_of_measure: "kWh" },
          { id: 3, name: "Water", unit_of_measure: "m³" },
        ],
      },
      "tenant",
      "GBP",
    );
    expect(model.columns.map((column) => column.name)).toEqual([
      "Electricity",
      "Water",
      "report.cost.name",
      "report.carbon.name",
    ]);
    expect(model.rows[0]).toMatchObject({ id: 7, name: "Wren", values: [5, 0, 2, 1] });
  });
});

describe("a comparison", () => {
  it("reads both sides, and takes nothing known for no total", () => {
    const period = (total: number) => ({
      total_in_category: total,
      timestamps: ["2026-11-14", "2026-11-15"],
      values: total > 0 ? [total, 0] : [null, null],
      qualities: [1, 0],
    });
    const answer = {
      space1: { name: "A" },
      space2: { name: "B" },
      reporting_period1: period(3),
      reporting_period2: period(2),
      diff: { values: [1, 0], total_in_category: 1 },
      energy_category: { name: "Electricity", unit_of_measure: "kWh" },
    };
    const model = readComparison(answer, "space");
    expect(model.first).toMatchObject({ name: "A", total: 3, unit: "kWh" });
    expect(model.first.stamps).toHaveLength(2);
    expect(model.first.estimated[0]).toBe(true);
    expect(model.difference).toBe(1);
    const unknown = { values: [null, null], total_in_category: 0 };
    const half = readComparison({ ...answer, reporting_period2: period(0), diff: unknown }, "space");
    expect([half.second.total, half.difference]).toEqual([null, null]);
  });

  it("takes a word or a period of its own from the address", () => {
    expect(parseCompare("year")).toEqual({ compare: "year", custom: null });
    expect(parseCompare("2026-11-14..2026-11-16")).toEqual({ compare: "custom", custom: SPAN });
    expect(parseCompare("nonsense").compare).toBe("previous");
    expect(parseCompare("custom").compare).toBe("previous");
  });
});

describe("curves", () => {
  it("take the unit out of the name and share an axis by unit", () => {
    const curves = readCurves({
      names: ["grid power (kW)", "state of charge (%)", "empty (V)"],
      timestamps: [["2026-11-14T00:00:00"], ["2026-11-14T00:00:00"], []],
      values: [[1], [50], []],
    });
    expect(curves.map(({ name, unit }) => [name, unit])).toEqual([
      ["grid power", "kW"],
      ["state of charge", "%"],
    ]);
    expect(groupCurves(curves).map((group) => group.unit)).toEqual(["kW", "%"]);
    const curve = (name: string, ...values: number[]) => ({ name, unit: "kWh", stamps: [], values });
    const [register, counters, ...more] = groupCurves([
      curve("register", 1_458_108, 1_458_120),
      curve("today", 0, 28),
      curve("none", 0, 0),
    ]);
    expect(register?.curves.map((one) => one.name)).toEqual(["register"]);
    expect(counters?.curves.map((one) => one.name)).toEqual(["today", "none"]);
    expect(more).toEqual([]);
    expect(groupCurves([curve("register", 9_000), curve("none", 0)])).toHaveLength(1);
  });

  it("break where nothing was read, whatever the pace before and after", () => {
    const HOUR = 3_600_000;
    const hours = [0, 1, 2, 3].map((h) => [h * HOUR, h] as const);
    const minutes = [0, 1, 2, 3].map((m) => [10 * HOUR + m * 60_000, m] as const);
    // Hourly readings are no gaps, not even beside those of every minute.
    expect(withGaps(hours)).toEqual(hours);
    const [first] = minutes;
    expect(withGaps([...hours, ...minutes])).toEqual([...hours, [6.5 * HOUR, null], ...minutes]);
    expect(withGaps(first ? [[0, 1], first] : [])).toHaveLength(2);
  });
});

describe("a station", () => {
  it("has indicators by group and flow", () => {
    const found = readIndicators({
      energy_indicators: {
        today_charge_energy_value: 3,
        total_charge_energy_value: 30,
        performance_ratio: 1,
      },
    });
    expect(found).toEqual([{ group: "energy", flow: "charge", today: 3, total: 30 }]);
  });

  it("reads points of devices from rows, and flows by kind", () => {
    const answer = [{ id: 1, name: "Battery A", points: [["voltage", "V", null, 803.5]] }];
    expect(readDevices(answer)[0]?.points).toEqual([
      { name: "voltage", unit: "V", value: 803.5, definitions: null },
    ]);
    const flows = readFlows(
      {
        reporting_period: {
          names: ["Battery A - Charge", "Roof - Photovoltaic"],
          units: ["kWh", "kWh"],
          timestamps: [["2026-11-14"], ["2026-11-14"]],
          values: [[1], [2]],
          qualities: [[1], [0]],
          subtotals: [1, 2],
        },
      },
      ["Charge"],
    );
    expect(flows).toHaveLength(1);
    expect(flows[0]).toMatchObject({ kind: "Charge", stamps: ["2026-11-14"], estimated: [true] });
  });
});

describe("an energy flow", () => {
  it("shows what goes in and is measured nowhere further on", () => {
    const links = [
      { source: "Grid", target: "Supply", value: 90 },
      { source: "PV", target: "Supply", value: 10 },
      { source: "Supply", target: "A", value: 70 },
    ];
    expect(unmeasured(links).map((link) => [link.source, link.value])).toEqual([["Supply", 30]]);
    expect(unmeasured([...links, { source: "Supply", target: "B", value: 29.9 }])).toEqual([]);
  });
});

describe("the map", () => {
  it("puts north up, east right, and keeps distances", () => {
    const places = [
      { id: 1, name: "south-west", latitude: 52, longitude: 0 },
      { id: 2, name: "north-east", latitude: 52.01, longitude: 0.01 },
    ];
    const { spots, metresPerUnit } = project(places, 900, 560, 90);
    const [first, second] = spots;
    if (!first || !second) throw new Error("both places have a spot");
    expect(first.x).toBeLessThan(second.x);
    expect(first.y).toBeGreaterThan(second.y);
    // A hundredth of a degree of latitude is 1112 m (6371 km · π / 180 / 100).
    expect((first.y - second.y) * metresPerUnit).toBeCloseTo(1_112, 0);
  });

  it("sets places at one spot apart and rounds the scale", () => {
    const same = [1, 2, 3].map((id) => ({ id, name: String(id), latitude: 52, longitude: 0 }));
    const { spots } = project(same, 900, 560, 90);
    expect(new Set(spots.map((spot) => `${spot.x.toFixed(1)} ${spot.y.toFixed(1)}`)).size).toBe(3);
    expect([7, 19, 60, 999].map(roundLength)).toEqual([5, 10, 50, 500]);
  });
});

describe("a show on a wall screen", () => {
  it("survives its own address and leads nowhere else", () => {
    const show = { pages: ["/", "/map?p=today"], everySeconds: 20 };
    const search = new URLSearchParams(showAddress(show).split("?")[1]);
    expect(showOf(search)).toEqual(show);
    const hostile = new URLSearchParams("page=//evil.example&page=https://evil.example&page=/kiosk");
    expect(showOf(hostile)).toBeNull();
    expect([1, 99_999, Number.NaN].map(clampSeconds)).toEqual([5, 3_600, 5]);
  });
});

describe("a drawing of a user", () => {
  const html = (source: string) => {
    const root = parseSvg(source);
    return root === null
      ? null
      : JSON.stringify(svgElements(root, (id) => (id === "PT1" ? { text: "7 kW" } : undefined)));
  };

  it("keeps shapes and shows live values", () => {
    const shown = html(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text id="PT1">–</text></svg>',
    );
    expect(shown).toContain("7 kW");
    expect(shown).toContain("0 0 9 9");
  });

  it("has the layout of its own for narrow screens there only, and that of the other where it has none", () => {
    const root = parseSvg(
      readFileSync(`${import.meta.dirname}/../../database/demo/single-line.svg`, "utf-8"),
    );
    if (root === null) throw new Error("the demo's drawing cannot be read");
    const wide = JSON.stringify(svgElements(root, () => undefined));
    const narrow = JSON.stringify(svgElements(narrowLayout(root), () => undefined));
    expect(wide).toContain("0 0 640 360");
    expect(wide).not.toContain("0 0 340 430");
    expect(narrow).toContain("0 0 340 430");
    expect(narrow).not.toContain("display");
    for (const id of ["PT102", "PT302", "PT402", "PT602"]) expect(narrow).toContain(id);
    const plain = parseSvg('<svg xmlns="http://www.w3.org/2000/svg"><text>1</text></svg>');
    expect(plain && narrowLayout(plain)).toBe(plain);
    expect([...batteryPoints(root)]).toEqual([402]);
  });

  it("says what a battery does instead of a sign", () => {
    const said = (power: number | null, table: unknown) =>
      batteryText(power, "kW", "en-GB", (key, { power }) =>
        String(key.split(".").reduce((at, name) => (at as Record<string, unknown>)[name], table)).replace(
          "{{power}}",
          power,
        ),
      );
    const plain = (text: string) => text.replaceAll("\u00a0", " ").replaceAll("\u202f", " ");
    expect([-400, 400, 0, null].map((power) => plain(said(power, pagesEn)))).toEqual([
      "charging 400 kW",
      "discharging 400 kW",
      "0 kW",
      "– kW",
    ]);
    expect([said(-400, pagesDe), said(-400, pagesZh)].map(plain)).toEqual(["lädt 400 kW", "充电 400 kW"]);
  });

  it("loses scripts, handlers, styles and foreign addresses", () => {
    const shown = html(
      '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script><style>@import "x"</style>' +
        '<foreignObject/><image href="https://evil.example/x.png"/><a href="javascript:alert(3)"><text>no</text></a>' +
        '<rect onclick="alert(4)" style="fill:red" fill="url(https://evil.example/#a)" width="5"/></svg>',
    );
    for (const bad of ["alert", "evil", "import", "onload", "style", "href", "foreignObject"])
      expect(shown).not.toContain(bad);
    expect(shown).toContain('"width":"5"');
  });

  it("is refused when it is no drawing", () => {
    expect(html("<html><body/></html>")).toBeNull();
    expect(html("<svg")).toBeNull();
  });
});

describe("an energy flow", () => {
  const links = [
    { source: "Sun", target: "Supply", value: 10 },
    { source: "Grid", target: "Supply", value: 90 },
    { source: "Supply", target: "Hall", value: 20 },
    { source: "Supply", target: "Works", value: 80 },
    { source: "Works", target: "Oven", value: 80 },
  ];

  it("adds up what several meters count between two nodes", () => {
    const answer = {
      links: [
        { source: "Supply", target: "Hall", value: 1 },
        { source: "Supply", target: "Hall", value: 2 },
        { source: "Supply", target: "Yard", value: null },
      ],
    };
    expect(readLinks(answer)).toEqual([{ source: "Supply", target: "Hall", value: 3 }]);
  });

  it("stands in the order of reading: the largest first, each followed by what it feeds", () => {
    const nodes = ["Sun", "Grid", "Supply", "Hall", "Works", "Oven", "Unused"].map((name) => ({
      name,
      color: "",
    }));
    expect(inReadingOrder(nodes, links).map((node) => node.name)).toEqual([
      "Grid",
      "Supply",
      "Works",
      "Oven",
      "Hall",
      "Sun",
    ]);
  });
});

describe("names below a heading", () => {
  it("leave out what all have in common", () => {
    expect(withoutCommonStart(["E-101 active power", "E-101 voltage L1"])).toEqual([
      "Active power",
      "Voltage L1",
    ]);
    expect(withoutCommonStart(["PV inverter power", "PV inverter today energy"])).toEqual([
      "Power",
      "Today energy",
    ]);
    expect(withoutCommonStart(["E-101 active power"])).toEqual(["E-101 active power"]);
    expect(withoutCommonStart(["E-101 power", "E-10 power"])).toEqual(["E-101 power", "E-10 power"]);
  });
});
