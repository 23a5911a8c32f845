import { describe, expect, it } from "vitest";
import { thinOut } from "../src/components/figures";
import { formatAge, formatAxis, formatSpan } from "../src/format/date";
import {
  columnFormat,
  formatChange,
  formatPercent,
  formatQuantity,
  formatWithUnit,
  listFormat,
  scaleFor,
} from "../src/format/number";
import { parseLocal } from "../src/time/local";

describe("numbers", () => {
  it("tells no data from zero", () => {
    expect(formatWithUnit(null, "kWh", "en-GB")).toBe("–\u00a0kWh");
    expect(formatWithUnit(0, "kWh", "en-GB")).toBe("0\u00a0kWh");
  });

  it("chooses the unit in which a number reads best", () => {
    expect(formatWithUnit(9_876.5, "kWh", "en-GB")).toBe("9,877\u00a0kWh");
    expect(formatWithUnit(12_345, "kWh", "en-GB")).toBe("12.35\u00a0MWh");
    expect(formatWithUnit(0.4, "kWh", "en-GB")).toBe("0.4\u00a0kWh");
    expect(formatWithUnit(12_345, "kgCO2e", "en-GB")).toBe("12.35\u00a0t CO₂e");
    expect(formatWithUnit(12_345, "m³", "en-GB")).toBe("12,345\u00a0m³");
    expect(formatWithUnit(0.0047, "kWh/kWh", "en-GB")).toBe("0.0047\u00a0kWh/kWh");
    expect(formatWithUnit(1_627_228_576, "", "en-GB")).toBe("1.627bn");
    expect(scaleFor(Number.NaN, "kWh")).toEqual({ unit: "kWh", divisor: 1 });
  });

  it("writes money and numbers as the language has them", () => {
    expect(formatQuantity(272.409, "GBP", "en-GB").text).toBe("£272.41");
    expect(formatWithUnit(1_234.5, "kWh", "de-DE")).toBe("1.235\u00a0kWh");
    expect(formatChange(0.1234, "en-GB")).toBe("+12.3%");
    expect(formatChange(-0.5, "en-GB")).toBe("-50%");
  });

  it("keeps the decimals of what was rounded, and adds none to what is exact", () => {
    expect(formatWithUnit(872_040, "kWh", "en-GB")).toBe("872.0\u00a0MWh");
    expect(formatWithUnit(10_003, "kWh", "de-DE")).toBe("10,00\u00a0MWh");
    expect(formatWithUnit(100, "%", "en-GB")).toBe("100\u00a0%");
    // What is left of adding tenths is no measurement.
    expect(formatWithUnit(0.1 + 0.2, "kW", "en-GB")).toBe("0.3\u00a0kW");
    expect(formatChange(-0.0099, "en-GB")).toBe("-1.0%");
    expect(formatChange(0, "en-GB")).toBe("0%");
  });

  it("gives what is below one as many digits on either side of a tenth", () => {
    expect(formatWithUnit(0.0794, "kWh/kWh", "en-GB")).toBe("0.0794\u00a0kWh/kWh");
    expect(formatWithUnit(0.1243, "kWh/kWh", "en-GB")).toBe("0.124\u00a0kWh/kWh");
    expect(formatWithUnit(0.16003, "kWh", "en-GB")).toBe("0.160\u00a0kWh");
  });

  it("tells a value in the unit of the one that it stands beside", () => {
    expect(formatWithUnit(7_092, "kgCO2e", "en-GB", 10_018)).toBe("7.09\u00a0t CO₂e");
    expect(formatWithUnit(12_345, "kWh", "en-GB", 9_000)).toBe("12,345\u00a0kWh");
  });

  it("tells a small share from none", () => {
    expect(formatPercent(0.000486, "en-GB")).toBe("0.05%");
    expect(formatPercent(0, "en-GB")).toBe("0%");
    expect(formatPercent(0.043, "en-GB")).toBe("4.3%");
  });
});

describe("dates", () => {
  it("calls the present now", () => {
    expect(formatAge(300, "en-GB")).toBe("now");
    expect(formatAge(300, "de-DE")).toBe("jetzt");
    expect(formatAge(12_000, "en-GB")).toBe("12 sec ago");
  });

  it("names whole units and shows ranges otherwise, with the last day included", () => {
    const span = (from: string, to: string) => ({ start: parseLocal(from), end: parseLocal(to) });
    expect(formatSpan(span("2026-11-01", "2026-12-01"), "en-GB")).toBe("November 2026");
    expect(formatSpan(span("2026-01-01", "2027-01-01"), "en-GB")).toBe("2026");
    expect(formatSpan(span("2026-11-15", "2026-11-22"), "en-GB")).toMatch(/15\s?–\s?21 Nov 2026/);
  });

  it("shows the day at midnight of an hourly axis", () => {
    expect(formatAxis("2026-11-21T00:00:00", "hourly", "en-GB")).toBe("21 Nov");
    expect(formatAxis("2026-11-21T08:00:00", "hourly", "en-GB")).toBe("08:00");
  });
});

describe("small lines", () => {
  it("are means of neighbours, gaps stay gaps", () => {
    expect(thinOut([1, 3, null, null, 5, null, 7], 4)).toEqual([2, null, 5, 7]);
    expect(thinOut([1, 2, 3], 4)).toEqual([1, 2, 3]);
  });
});

describe("a column of numbers", () => {
  const column = (values: (number | null)[], precision?: "short") =>
    values.map(columnFormat(values, "en-GB", precision));

  it("has the same decimals in every row", () => {
    expect(column([1234.5, 99.123, null, 0])).toEqual(["1,234.50", "99.12", "–", "0.00"]);
    expect(column([0.5, 0.0123])).toEqual(["0.5000", "0.0123"]);
    expect(column([3, 12])).toEqual(["3", "12"]);
  });

  it("is in one unit for a ranking", () => {
    const list = (values: (number | null)[], unit: string) => values.map(listFormat(values, unit, "en-GB"));
    expect(list([32_010, 8_805.4, null], "kWh")).toEqual(["32.01\u00a0MWh", "8.81\u00a0MWh", "–"]);
    expect(list([2_000.6, 9.5], "GBP")).toEqual(["£2,001", "£10"]);
    expect(list([20.6, 9.5], "GBP")).toEqual(["£20.60", "£9.50"]);
  });

  it("is shorter where it is glanced at", () => {
    expect(column([12_345.6, 7.89], "short")).toEqual(["12,346", "8"]);
    expect(column([456.78, 1.234], "short")).toEqual(["456.8", "1.2"]);
  });
});
