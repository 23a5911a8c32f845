import { type Json, number, numberRows, numbers, object, textRows, texts } from "../reports/json";
import { isKnown } from "../reports/model";

const GROUPS = ["energy", "revenue", "carbon"] as const;

/** An indicator over today and over all time: what was charged, generated, earned. */
export interface Indicator {
  group: (typeof GROUPS)[number];
  /** `charge`, `discharge`, `generation`. */
  flow: string;
  today: number | null;
  total: number | null;
}

/** The indicators of a station's details. */
export function readIndicators(answer: Json): Indicator[] {
  return GROUPS.flatMap((group) => {
    const members = object(answer, `${group}_indicators`);
    const pattern = new RegExp(`^today_(\\w+)_${group}_value$`);
    return Object.keys(members)
      .map((name) => pattern.exec(name)?.[1])
      .filter((flow) => flow !== undefined)
      .map((flow) => ({
        group,
        flow,
        today: number(members, `today_${flow}_${group}_value`),
        total: number(members, `total_${flow}_${group}_value`),
      }));
  });
}

/** A value of a device, as its newest reading. */
export interface DevicePoint {
  name: string;
  unit: string;
  value: number | null;
  /** What the numbers of a state mean; null for a measured value. */
  definitions: string | null;
}

export interface StationDevice {
  id: number;
  name: string;
  points: readonly DevicePoint[];
}

/** Devices with their points; the API gives a point as a row of name, unit, note, value and meanings. */
export function readDevices(answer: unknown): StationDevice[] {
  const list = Array.isArray(answer) ? (answer as readonly Json[]) : [];
  return list
    .map((device) => ({
      id: number(device, "id") ?? 0,
      name: texts({ v: [device.name] }, "v")[0] ?? "",
      points: (Array.isArray(device.points) ? device.points : []).map((row: unknown) => {
        const cells = Array.isArray(row) ? row : [];
        const value = cells[3];
        return {
          name: String(cells[0] ?? ""),
          unit: String(cells[1] ?? ""),
          value: typeof value === "number" ? value : null,
          definitions: typeof cells[4] === "string" ? cells[4] : null,
        };
      }),
    }))
    .filter((device) => device.points.length > 0);
}

/** A flow of a station over the period. */
export interface FlowSeries {
  name: string;
  /** `Charge`, `Generation`, `Grid Buy`. */
  kind: string;
  unit: string;
  stamps: readonly string[];
  values: readonly (number | null)[];
  estimated: readonly boolean[];
  total: number | null;
}

const ESTIMATED_BIT = 1;

/** Flows of the energy report; a microgrid names the device before the flow. */
export function readFlows(answer: Json, only?: readonly string[]): FlowSeries[] {
  const period = object(answer, "reporting_period");
  return texts(period, "names")
    .map((name, i) => ({ name, values: numberRows(period, "values")[i] ?? [], i }))
    .map(({ name, values, i }) => ({
      name,
      kind: name.split(" - ").at(-1) ?? name,
      unit: texts(period, "units")[i] ?? "",
      stamps: textRows(period, "timestamps")[i] ?? [],
      values,
      estimated: (numberRows(period, "qualities")[i] ?? []).map(
        (bits) => ((bits ?? 0) & ESTIMATED_BIT) !== 0,
      ),
      total: isKnown(values) ? (numbers(period, "subtotals")[i] ?? null) : null,
    }))
    .filter((flow) => only === undefined || only.includes(flow.kind));
}
