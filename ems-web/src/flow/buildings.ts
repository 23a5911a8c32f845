import { isElectricity } from "@ems/ui";
import type { LiveMeter } from "../live/meters";
import type { FlowNode } from "../live/store";
import type { SpaceNode } from "../state/spaces";

/** Newest value of a point in its own unit; null = none that is fresh. */
export type ValueOf = (pointId: number) => number | null;

const WATTS: Record<string, number> = { W: 1, kW: 1_000, MW: 1_000_000 };

/** What is left over counts as noise below this share of the whole. */
const NOISE_RATIO = 0.01;

interface Part {
  space: SpaceNode;
  powerW: number;
}

/** Electric power meters by the space they are bound to. */
function metersBySpace(meters: readonly LiveMeter[]): Map<number, LiveMeter[]> {
  const out = new Map<number, LiveMeter[]>();
  for (const meter of meters) {
    const isUseful = meter.power && meter.space && isElectricity(meter.energy_category?.name ?? "");
    if (!isUseful || !meter.space) continue;
    out.set(meter.space.id, [...(out.get(meter.space.id) ?? []), meter]);
  }
  return out;
}

/** Power of a space: its own meters when it has any (an incomer), else that of the spaces below. */
function powerOf(space: SpaceNode, meters: ReadonlyMap<number, LiveMeter[]>, newest: ValueOf): number | null {
  const own = (meters.get(space.id) ?? []).map((meter) => {
    const value = meter.power ? newest(meter.power.id) : null;
    return value === null ? null : value * (WATTS[meter.power?.units ?? ""] ?? Number.NaN);
  });
  const parts = own.length > 0 ? own : (space.children ?? []).map((child) => powerOf(child, meters, newest));
  const known = parts.filter((power): power is number => power !== null && Number.isFinite(power));
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : null;
}

/** The buildings with a live power, in the order of the tree. */
export function buildingParts(root: SpaceNode, meters: readonly LiveMeter[], newest: ValueOf): Part[] {
  const bySpace = metersBySpace(meters);
  return (root.children ?? []).flatMap((space) => {
    const powerW = powerOf(space, bySpace, newest);
    return powerW === null ? [] : [{ space, powerW }];
  });
}

/** Ids of the `most` largest parts. */
export function largest(parts: readonly Part[], most: number): number[] {
  return parts
    .toSorted((a, b) => b.powerW - a.powerW)
    .slice(0, most)
    .map((part) => part.space.id);
}

/**
 * The one node for all buildings as a node for each chosen building and one for the rest.
 *
 * The whole is what edge-control measures; what the building meters do not explain is
 * shown as the rest, so that the sum stays right.
 */
export function splitBuildings(
  nodes: readonly FlowNode[],
  parts: readonly Part[],
  chosen: readonly number[],
  restName: string,
): FlowNode[] {
  const whole = nodes.filter((node) => node.kind === "building");
  const [building] = whole;
  if (whole.length !== 1 || !building || building.power_w === null || chosen.length === 0) return [...nodes];
  const shown = parts.filter((part) => chosen.includes(part.space.id));
  const restW = building.power_w - shown.reduce((sum, part) => sum + part.powerW, 0);
  const split = shown.map(
    (part): FlowNode => ({
      id: `space-${part.space.id}`,
      kind: "building",
      name: part.space.name,
      power_w: part.powerW,
      entity: { kind: "space", id: part.space.id },
    }),
  );
  const hasRest = restW > building.power_w * NOISE_RATIO;
  const rest: FlowNode = {
    ...building,
    id: "rest",
    name: restName,
    power_w: restW,
    state: null,
    energy_today_kwh: null,
  };
  return nodes.flatMap((node) => (node === building ? [...split, ...(hasRest ? [rest] : [])] : [node]));
}
