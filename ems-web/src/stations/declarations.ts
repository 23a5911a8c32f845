import type { ColorToken } from "@ems/ui";

/** A figure of the station's list entry. */
export interface StationFigure {
  /** Key of its name among the texts. */
  key: string;
  /** Member of the answer. */
  member: string;
  unit: string;
  color: ColorToken;
  /** The API gives the production of the battery as negative power; shown with a word instead. */
  isBattery?: boolean;
}

export interface StationDeclaration {
  kind: "storage" | "photovoltaic" | "microgrid" | "charging";
  /** Begin of the reports' paths. */
  route: string;
  /** Member of the answer that describes the station. */
  member: string;
  figures: readonly StationFigure[];
  /** Parts whose points are listed: last part of the path. */
  devices: readonly string[];
  /** Only flows of these kinds are there; all when left out. */
  flows?: readonly string[];
  /** Flows that are drawn at first; the others would dwarf them. */
  mainFlows?: readonly string[];
  /** Curves that are drawn at first. */
  mainCurves: RegExp;
}

const SOC: StationFigure = { key: "soc", member: "battery_soc_point_value", unit: "%", color: "battery" };
const BATTERY: StationFigure = {
  key: "batteryPower",
  member: "battery_power_point_value",
  unit: "kW",
  color: "battery",
  isBattery: true,
};

/** Every kind of plant with a page: one row. */
export const STATIONS: readonly StationDeclaration[] = [
  {
    kind: "storage",
    route: "energystoragepowerstation",
    member: "energy_storage_power_station",
    figures: [SOC, BATTERY],
    devices: ["bms", "pcs", "grid", "load", "dcdc", "hvac", "firecontrol", "sts"],
    mainFlows: ["Charge", "Discharge"],
    mainCurves: /batter|state of charge/i,
  },
  {
    kind: "photovoltaic",
    route: "photovoltaicpowerstation",
    member: "photovoltaic_power_station",
    figures: [],
    devices: [],
    mainFlows: ["Generation"],
    mainCurves: /inverter|photovolt/i,
  },
  {
    kind: "microgrid",
    route: "microgrid",
    member: "microgrid",
    figures: [
      { key: "gridPower", member: "grid_power_point_value", unit: "kW", color: "grid" },
      { key: "pvPower", member: "photovoltaic_power_point_value", unit: "kW", color: "pv" },
      SOC,
      BATTERY,
      { key: "loadPower", member: "load_power_point_value", unit: "kW", color: "building" },
    ],
    devices: ["bms", "pcs", "pv", "evcharger", "grid", "load", "heatpump", "generator"],
    mainFlows: ["Charge", "Discharge", "Photovoltaic", "EV Charger"],
    mainCurves: /batter|inverter|grid|charger/i,
  },
  // Chargers belong to a microgrid: its page narrowed down to them.
  {
    kind: "charging",
    route: "microgrid",
    member: "microgrid",
    figures: [],
    devices: ["evcharger"],
    flows: ["EV Charger"],
    mainCurves: /charger/i,
  },
];

export function findStation(kind: string | undefined): StationDeclaration | undefined {
  return STATIONS.find((station) => station.kind === kind);
}
