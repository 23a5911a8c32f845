import type { Wish } from "@ems/ui";
import {
  type Reader,
  readCategories,
  readDifferences,
  readEfficiency,
  readLoad,
  readMeter,
  readStatistics,
} from "./readers";

/** Kinds of entities that have reports; the first part of the endpoint's name. */
export type EntityKind =
  | "space"
  | "equipment"
  | "combinedequipment"
  | "tenant"
  | "store"
  | "shopfloor"
  | "meter"
  | "virtualmeter"
  | "offlinemeter";

export interface EntityDeclaration {
  kind: EntityKind;
  /** Collection of a space that lists them; empty for the space itself. */
  collection: string;
  /** Member of the answer that describes the entity. */
  member: string;
}

export const ENTITIES: readonly EntityDeclaration[] = [
  { kind: "space", collection: "", member: "space" },
  { kind: "equipment", collection: "equipments", member: "equipment" },
  { kind: "combinedequipment", collection: "combinedequipments", member: "combined_equipment" },
  { kind: "tenant", collection: "tenants", member: "tenant" },
  { kind: "store", collection: "stores", member: "store" },
  { kind: "shopfloor", collection: "shopfloors", member: "shopfloor" },
  { kind: "meter", collection: "meters", member: "meter" },
  { kind: "virtualmeter", collection: "virtualmeters", member: "virtual_meter" },
  { kind: "offlinemeter", collection: "offlinemeters", member: "offline_meter" },
];

const CONSUMERS: readonly EntityKind[] = [
  "space",
  "equipment",
  "combinedequipment",
  "tenant",
  "store",
  "shopfloor",
];
const PRODUCERS: readonly EntityKind[] = ["space", "equipment", "combinedequipment"];
const METERS: readonly EntityKind[] = ["meter", "virtualmeter", "offlinemeter"];

/** Kinds that are listed side by side in one table. */
export const BATCH_ENTITIES: readonly EntityKind[] = ENTITIES.map((entity) => entity.kind).filter(
  (kind) => kind !== "space",
);

/** Kinds of which two can be held against each other. */
export const COMPARED_ENTITIES: readonly EntityKind[] = [...CONSUMERS, "meter", "virtualmeter"];

export type ReportIcon =
  | "energy"
  | "items"
  | "cost"
  | "carbon"
  | "load"
  | "statistics"
  | "output"
  | "income"
  | "efficiency"
  | "saving"
  | "plan"
  | "prediction";

export interface ReportDeclaration {
  kind: string;
  /** Name of the lucide icon used in the rail. */
  icon: ReportIcon;
  /** Stands behind "More" in the navigation. */
  isRare?: boolean;
  /** Tells of what is produced; without measured output there is nothing to tell. */
  ofOutput?: boolean;
  entities: readonly EntityKind[];
  chart: "bar" | "line";
  /** Whether less is better. */
  wish: Wish;
  /** Its figures are differences: whose words say on which side of the target they are. */
  target?: "saving" | "plan";
  read: Reader;
  /** Meters answer single arrays for the same report. */
  readForMeters?: Reader;
}

/**
 * Every report: one row. The endpoint is `/v1/reports/{entity}{kind}`, with `energy` in the
 * place of `energycategory` for meters.
 */
export const REPORTS: readonly ReportDeclaration[] = [
  {
    kind: "energycategory",
    icon: "energy",
    entities: [...CONSUMERS, ...METERS],
    chart: "bar",
    wish: "less",
    read: readCategories,
    readForMeters: readMeter,
  },
  {
    kind: "energyitem",
    icon: "items",
    entities: CONSUMERS,
    chart: "bar",
    wish: "less",
    read: readCategories,
  },
  {
    kind: "cost",
    icon: "cost",
    entities: [...CONSUMERS, ...METERS],
    chart: "bar",
    wish: "less",
    read: readCategories,
    readForMeters: readMeter,
  },
  {
    kind: "carbon",
    icon: "carbon",
    entities: [...CONSUMERS, ...METERS],
    chart: "bar",
    wish: "less",
    read: readCategories,
    readForMeters: readMeter,
  },
  { kind: "load", icon: "load", entities: CONSUMERS, chart: "line", wish: "less", read: readLoad },
  {
    kind: "statistics",
    icon: "statistics",
    entities: CONSUMERS,
    chart: "bar",
    wish: "neither",
    read: readStatistics,
  },
  {
    kind: "output",
    icon: "output",
    isRare: true,
    ofOutput: true,
    entities: PRODUCERS,
    chart: "bar",
    wish: "more",
    read: readCategories,
  },
  {
    kind: "income",
    icon: "income",
    isRare: true,
    ofOutput: true,
    entities: PRODUCERS,
    chart: "bar",
    wish: "more",
    read: readCategories,
  },
  {
    kind: "efficiency",
    icon: "efficiency",
    isRare: true,
    ofOutput: true,
    entities: PRODUCERS,
    chart: "line",
    wish: "more",
    read: readEfficiency,
  },
  {
    kind: "saving",
    icon: "saving",
    target: "saving",
    isRare: true,
    entities: [...CONSUMERS, ...METERS],
    chart: "bar",
    wish: "more",
    read: readDifferences,
    readForMeters: readMeter,
  },
  {
    kind: "plan",
    icon: "plan",
    target: "plan",
    isRare: true,
    entities: [...CONSUMERS, ...METERS],
    chart: "bar",
    wish: "more",
    read: readDifferences,
    readForMeters: readMeter,
  },
  {
    kind: "prediction",
    icon: "prediction",
    isRare: true,
    entities: [...CONSUMERS, ...METERS],
    chart: "bar",
    wish: "neither",
    read: readCategories,
    readForMeters: readMeter,
  },
];

export function findReport(kind: string | undefined): ReportDeclaration | undefined {
  return REPORTS.find((report) => report.kind === kind);
}

export function findEntity(kind: string | undefined): EntityDeclaration | undefined {
  return ENTITIES.find((entity) => entity.kind === kind);
}

export function isMeter(kind: EntityKind): boolean {
  return METERS.includes(kind);
}

/** Path of the report of an entity kind. */
export function endpoint(report: ReportDeclaration, entity: EntityKind): string {
  const kind = report.kind === "energycategory" && isMeter(entity) ? "energy" : report.kind;
  return `/v1/reports/${entity}${kind}`;
}

/** The reader that fits the entity. */
export function readerFor(report: ReportDeclaration, entity: EntityKind): Reader {
  return isMeter(entity) && report.readForMeters ? report.readForMeters : report.read;
}
