import { createElement, type ReactNode } from "react";

/** Elements of a drawing that may be shown: shapes, text and what groups and colours them. */
const ELEMENTS = new Set([
  "svg",
  "g",
  "defs",
  "path",
  "rect",
  "circle",
  "ellipse",
  "line",
  "polyline",
  "polygon",
  "text",
  "tspan",
  "title",
  "desc",
  "linearGradient",
  "radialGradient",
  "stop",
  "pattern",
  "marker",
  "clipPath",
]);

/** Attributes that may be kept; none can load something or run a script. */
const ATTRIBUTE =
  /^(id|class|viewBox|preserveAspectRatio|transform|d|points|x|y|x1|y1|x2|y2|cx|cy|r|rx|ry|dx|dy|width|height|offset|opacity|fill|stroke|role|aria-label|text-anchor|dominant-baseline|patternUnits|gradientUnits|gradientTransform|orient|refX|refY|markerWidth|markerHeight|(fill|stroke|stop|font|marker|clip)-[a-z-]+)$/;

/** Only references inside the drawing itself. */
const FOREIGN = /url\s*\(\s*(?!['"]?#)|javascript:|expression/i;

const MOST_ELEMENTS = 20_000;
/** Key of the outermost element; its members have 0 and more. */
const ROOT = -1;

function toReactName(name: string): string {
  if (name === "class") return "className";
  if (name.startsWith("aria-")) return name;
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function attributesOf(element: Element): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const { name, value } of element.attributes) {
    if (ATTRIBUTE.test(name) && !FOREIGN.test(value)) kept[toReactName(name)] = value;
  }
  return kept;
}

/** What stands in the place of an element, by its id and classes; undefined leaves it as drawn. */
export type Substitute = (id: string, classes: DOMTokenList) => { text?: string; fill?: string } | undefined;

/** Class of a drawing within a drawing that is its layout for narrow screens. */
const NARROW = "narrow";

function toNode(node: Node, key: number, substitute: Substitute): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof Element) || !ELEMENTS.has(node.tagName)) return null;
  if (key !== ROOT && node.tagName === "svg" && node.classList.contains(NARROW)) return null;
  const attributes = attributesOf(node);
  const other = attributes.id ? substitute(attributes.id, node.classList) : undefined;
  const children = other?.text ?? [...node.childNodes].map((child, i) => toNode(child, i, substitute));
  return createElement(
    node.tagName,
    { key, ...attributes, ...(other?.fill ? { fill: other.fill } : {}) },
    children,
  );
}

/** Read a drawing; null when it is no SVG, or too large to be drawn. */
export function parseSvg(source: string): SVGElement | null {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  const root = parsed.documentElement;
  const isSvg = root.tagName === "svg" && parsed.querySelector("parsererror") === null;
  return isSvg && root.querySelectorAll("*").length <= MOST_ELEMENTS ? (root as unknown as SVGElement) : null;
}

/** The layout of a drawing that is for narrow screens: one of its own where it has one, else the drawing. */
export function narrowLayout(root: SVGElement): SVGElement {
  return root.querySelector<SVGElement>(`svg.${NARROW}`) ?? root;
}

/** The points of batteries in a drawing: those that are shown by an element of the class `battery`. */
export function batteryPoints(root: SVGElement): ReadonlySet<number> {
  const ids = [...root.querySelectorAll(".battery")].map(({ id }) => Number(/^PT(\d+)$/.exec(id)?.[1]));
  return new Set(ids.filter(Number.isInteger));
}

/**
 * A drawing of a user as elements of the page.
 *
 * Built anew from a list of what is allowed, so that no script, event handler, style or foreign address in it
 * can reach the page.
 */
export function svgElements(root: SVGElement, substitute: Substitute): ReactNode {
  return toNode(root, ROOT, substitute);
}
