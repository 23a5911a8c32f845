import type { FlowNode, NodeKind } from "../live/store";

/** A node with its place on the picture [px]. */
export interface PlacedNode {
  node: FlowNode;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A band between a node and the bus. */
export interface Band {
  id: string;
  node: FlowNode;
  path: string;
  /** Thickness of the flow [px]. */
  thickness: number;
  /** Thickness that the limit would have, or 0. */
  limitThickness: number;
  /** True when power runs along the path, false when against it. */
  isForward: boolean;
  /** Where the direction is drawn, and the angle [degrees] of the path there. */
  arrow: { x: number; y: number; angle: number };
  limitLabel: { x: number; y: number } | null;
}

export interface FlowPicture {
  width: number;
  height: number;
  isNarrow: boolean;
  nodes: PlacedNode[];
  bands: Band[];
  bus: { x: number; y: number; width: number; height: number };
}

const NARROW_PX = 640;
const SUPPLY_KINDS: readonly NodeKind[] = ["grid", "pv", "battery"];

const LEFT_CARD = { width: 224, height: 104, gap: 20 };
const RIGHT_CARD = { width: 236, height: 64, gap: 12 };
const BUS_WIDTH = 10;
const WIDEST_PX = 128;

/** Room above the picture for the label of the limit. */
const TOP_PX = 22;
const THINNEST_PX = 2.5;

/** Power from a node of a kind into the bus [W], as the API gives its power; negative when the node takes it. */
export function suppliedW(kind: NodeKind, powerW: number | null): number | null {
  // Import is positive, as are consumption and charging.
  return powerW === null || kind === "grid" ? powerW : -powerW;
}

/** Power from the node into the bus [W]; nothing where it is not known. */
export function supplyW(node: FlowNode): number {
  return suppliedW(node.kind, node.power_w) ?? 0;
}

/** Power that all consumers take [W]. */
export function consumptionW(nodes: readonly FlowNode[]): number {
  return nodes
    .filter((node) => node.kind === "building" || node.kind === "charger")
    .reduce((sum, node) => sum + Math.max(0, node.power_w ?? 0), 0);
}

/** Pixels per watt, so that the thickest bundle fits. */
function pixelsPerWatt(nodes: readonly FlowNode[], widest: number): number {
  let supply = 0;
  let demand = 0;
  for (const node of nodes) {
    const power = supplyW(node);
    const room = Math.max(Math.abs(power), node.limit_w ?? 0);
    if (SUPPLY_KINDS.includes(node.kind)) supply += room;
    else demand += Math.abs(power);
  }
  return widest / Math.max(supply, demand, 1);
}

function thickness(powerW: number, scale: number): number {
  const size = Math.abs(powerW) * scale;
  return size === 0 ? 0 : Math.max(THINNEST_PX, size);
}

function byKind(nodes: readonly FlowNode[]): { supply: FlowNode[]; demand: FlowNode[] } {
  const order: NodeKind[] = ["grid", "pv", "battery"];
  const supply = nodes
    .filter((n) => SUPPLY_KINDS.includes(n.kind))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  // Chargers last; buildings keep the API's order, so that nothing jumps as power changes.
  const demand = [
    ...nodes.filter((n) => n.kind === "building"),
    ...nodes.filter((n) => n.kind === "charger"),
  ];
  return { supply, demand };
}

interface Slot {
  node: FlowNode;
  size: number;
  limit: number;
}

function slots(nodes: readonly FlowNode[], scale: number): Slot[] {
  return nodes.map((node) => {
    const size = thickness(supplyW(node), scale);
    const limit = (node.limit_w ?? 0) * scale;
    return { node, size, limit };
  });
}

const PAD = 2;

function room(slot: Slot): number {
  return Math.max(slot.size, slot.limit, THINNEST_PX) + PAD;
}

/** Where each slot meets the bus: the middles of a centred stack. */
function stack(list: readonly Slot[], centre: number): number[] {
  const total = list.reduce((sum, slot) => sum + room(slot), 0);
  let at = centre - total / 2;
  return list.map((slot) => {
    const middle = at + room(slot) / 2;
    at += room(slot);
    return middle;
  });
}

/** A column of cards around the middle; a card grows with the band that it carries. */
function column(
  list: readonly Slot[],
  card: typeof LEFT_CARD,
  x: number,
): { nodes: PlacedNode[]; height: number } {
  let at = 0;
  const nodes = list.map((slot): PlacedNode => {
    const height = Math.max(card.height, Math.max(slot.size, slot.limit) + 2 * PAD);
    const placed = { node: slot.node, x, y: at, width: card.width, height };
    at += height + card.gap;
    return placed;
  });
  return { nodes, height: Math.max(0, at - card.gap) };
}

function centre(nodes: readonly PlacedNode[], by: number): PlacedNode[] {
  return nodes.map((placed) => ({ ...placed, y: placed.y + by }));
}

function curve(x0: number, y0: number, x1: number, y1: number): string {
  const bend = (x0 + x1) / 2;
  return `M${x0} ${y0}C${bend} ${y0} ${bend} ${y1} ${x1} ${y1}`;
}

/** Sources on the left, the bus in the middle, consumers on the right. */
function wide(nodes: readonly FlowNode[], width: number): FlowPicture {
  const { supply, demand } = byKind(nodes);
  const scale = pixelsPerWatt(nodes, WIDEST_PX);
  const leftSlots = slots(supply, scale);
  const rightSlots = slots(demand, scale);
  const leftColumn = column(leftSlots, LEFT_CARD, 0);
  const rightColumn = column(rightSlots, RIGHT_CARD, width - RIGHT_CARD.width);
  const inner = Math.max(leftColumn.height, rightColumn.height, 200);
  const height = inner + TOP_PX;
  const middle = TOP_PX + inner / 2;
  const left = centre(leftColumn.nodes, middle - leftColumn.height / 2);
  const right = centre(rightColumn.nodes, middle - rightColumn.height / 2);
  const gapStart = LEFT_CARD.width;
  const gapEnd = width - RIGHT_CARD.width;
  const busX = (gapStart + gapEnd) / 2 - BUS_WIDTH / 2;
  const leftAt = stack(leftSlots, middle);
  const rightAt = stack(rightSlots, middle);

  const bands: Band[] = [];
  leftSlots.forEach((slot, i) => {
    const card = left[i];
    const y1 = leftAt[i];
    if (!card || y1 === undefined) return;
    const y0 = card.y + card.height / 2;
    bands.push({
      id: slot.node.id,
      node: slot.node,
      path: curve(gapStart, y0, busX, y1),
      thickness: slot.size,
      limitThickness: slot.limit,
      isForward: supplyW(slot.node) >= 0,
      arrow: { x: gapStart + 22, y: y0, angle: 0 },
      limitLabel:
        slot.limit > 0 ? { x: gapStart + 12, y: y0 - Math.max(slot.limit, slot.size) / 2 - 8 } : null,
    });
  });
  rightSlots.forEach((slot, i) => {
    const card = right[i];
    const y0 = rightAt[i];
    if (!card || y0 === undefined) return;
    const y1 = card.y + card.height / 2;
    bands.push({
      id: slot.node.id,
      node: slot.node,
      path: curve(busX + BUS_WIDTH, y0, gapEnd, y1),
      thickness: slot.size,
      limitThickness: 0,
      isForward: supplyW(slot.node) <= 0,
      arrow: { x: gapEnd - 22, y: y1, angle: 0 },
      limitLabel: null,
    });
  });
  const extent = Math.max(
    leftSlots.reduce((sum, s) => sum + room(s), 0),
    rightSlots.reduce((sum, s) => sum + room(s), 0),
    48,
  );
  return {
    width,
    height,
    isNarrow: false,
    nodes: [...left, ...right],
    bands,
    bus: { x: busX, y: middle - extent / 2, width: BUS_WIDTH, height: extent },
  };
}

const NARROW = { gap: 8, topHeight: 104, pipe: 72, rowHeight: 56, rowGap: 8, trunk: 72, widest: 40 };

/** Sources in a row on top, the bus below them, consumers as a list beside a trunk. */
function narrow(nodes: readonly FlowNode[], width: number): FlowPicture {
  const { supply, demand } = byKind(nodes);
  const scale = pixelsPerWatt(nodes, NARROW.widest);
  const cardWidth = (width - (supply.length - 1) * NARROW.gap) / Math.max(1, supply.length);
  const busY = NARROW.topHeight + NARROW.pipe;
  const top: PlacedNode[] = supply.map((node, i) => ({
    node,
    x: i * (cardWidth + NARROW.gap),
    y: 0,
    width: cardWidth,
    height: NARROW.topHeight,
  }));
  const listTop = busY + BUS_WIDTH + 42;
  const rows: PlacedNode[] = demand.map((node, i) => ({
    node,
    x: NARROW.trunk,
    y: listTop + i * (NARROW.rowHeight + NARROW.rowGap),
    width: width - NARROW.trunk,
    height: NARROW.rowHeight,
  }));

  const bands: Band[] = [];
  slots(supply, scale).forEach((slot, i) => {
    const card = top[i];
    if (!card) return;
    const x = card.x + card.width / 2;
    const y0 = NARROW.topHeight;
    bands.push({
      id: slot.node.id,
      node: slot.node,
      path: `M${x} ${y0}L${x} ${busY}`,
      thickness: slot.size,
      limitThickness: slot.limit,
      isForward: supplyW(slot.node) >= 0,
      arrow: { x, y: (y0 + busY) / 2, angle: 90 },
      limitLabel: slot.limit > 0 ? { x: x + Math.max(slot.limit, slot.size) / 2 + 6, y: busY - 10 } : null,
    });
  });
  const demandSlots = slots(demand, scale);
  // The first consumer leaves the trunk first, so its band runs on the right-hand side of it.
  let right = NARROW.trunk - 16;
  demandSlots.forEach((slot, i) => {
    const card = rows[i];
    if (!card) return;
    const x = right - room(slot) / 2;
    right -= room(slot);
    const y1 = card.y + card.height / 2;
    const bend = Math.min(16, Math.max(6, card.x - x - 2));
    bands.push({
      id: slot.node.id,
      node: slot.node,
      path: `M${x} ${busY + BUS_WIDTH}L${x} ${y1 - bend}Q${x} ${y1} ${x + bend} ${y1}L${card.x} ${y1}`,
      thickness: slot.size,
      limitThickness: 0,
      isForward: supplyW(slot.node) <= 0,
      arrow: { x: card.x - 8, y: y1, angle: 0 },
      limitLabel: null,
    });
  });
  const last = rows.at(-1);
  return {
    width,
    height: last ? last.y + last.height : busY + BUS_WIDTH,
    isNarrow: true,
    nodes: [...top, ...rows],
    bands,
    bus: { x: 0, y: busY, width, height: BUS_WIDTH },
  };
}

/** The picture of the live power flow for a width [px]. */
export function layoutFlow(nodes: readonly FlowNode[], width: number): FlowPicture {
  return width < NARROW_PX ? narrow(nodes, width) : wide(nodes, width);
}
