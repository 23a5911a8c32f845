import { SankeyChart } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import type { EChartsCoreOption } from "echarts/core";
import { useMemo, useRef } from "react";
import {
  displayUnit,
  formatExact,
  formatNumber,
  formatPercent,
  formatWithUnit,
  scaleFor,
} from "../format/number";
import { useLocale } from "../i18n/setup";
import { resolveColor } from "../theme/colors";
import { useTheme } from "../theme/store";
import { echarts } from "./echarts";
import { escapeHtml } from "./html";
import { useChart } from "./useChart";

echarts.use([SankeyChart, TooltipComponent]);

/** Energy from one node to another. */
export interface SankeyLink {
  source: string;
  target: string;
  value: number;
}

export interface SankeyNode {
  name: string;
  color: string;
  /** How it is shown, when the name is only a key. */
  label?: string;
}

export interface SankeyDiagramProps {
  label: string;
  nodes: readonly SankeyNode[];
  links: readonly SankeyLink[];
  unit: string;
  height: number;
}

interface HoverItem {
  dataType: "node" | "edge";
  name: string;
  value: number;
  data: { source?: string; target?: string };
}

const NARROW_PX = 560;

/**
 * Nodes from the largest source on, each followed by those it feeds, the largest first: so the picture is read from
 * the top down, and branches do not cross.
 */
export function inReadingOrder(nodes: readonly SankeyNode[], links: readonly SankeyLink[]): SankeyNode[] {
  const sizes = new Map<string, number>();
  for (const link of links) {
    for (const name of [link.source, link.target]) sizes.set(name, (sizes.get(name) ?? 0) + link.value);
  }
  const targets = new Set(links.map((link) => link.target));
  const largestFirst = (names: Iterable<string>) =>
    [...new Set(names)].toSorted((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
  const ordered = new Set<string>();
  const visit = (name: string) => {
    if (ordered.has(name)) return;
    ordered.add(name);
    largestFirst(links.filter((link) => link.source === name).map((link) => link.target)).forEach(visit);
  };
  largestFirst([...sizes.keys()].filter((name) => !targets.has(name))).forEach(visit);
  const place = new Map([...ordered].map((name, i) => [name, i]));
  return nodes
    .filter((node) => place.has(node.name))
    .toSorted((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0));
}

function makeOption(props: SankeyDiagramProps, locale: string, width: number): EChartsCoreOption {
  const labels = new Map(props.nodes.map((node) => [node.name, node.label ?? node.name]));
  const labelOf = (name: string) => labels.get(name) ?? name;
  const incoming = new Map<string, number>();
  for (const link of props.links) incoming.set(link.target, (incoming.get(link.target) ?? 0) + link.value);
  const isNarrow = width < NARROW_PX;
  // One unit for all: what is compared is not to be converted first.
  const scale = scaleFor(Math.max(0, ...props.links.map((link) => link.value)), props.unit);
  const amount = (value: number) => `${formatNumber(value / scale.divisor, locale)} ${scale.unit}`;
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    tooltip: {
      confine: true,
      transitionDuration: 0,
      appendTo: "body",
      className: "chart-tip",
      formatter: (item: HoverItem) => {
        const { source, target } = item.data;
        const isLink = item.dataType === "edge" && source !== undefined && target !== undefined;
        const head = isLink ? `${labelOf(source)} → ${labelOf(target)}` : labelOf(item.name);
        const whole = isLink ? (incoming.get(target) ?? 0) : 0;
        const share = isLink && whole > 0 ? ` · ${formatPercent(item.value / whole, locale)}` : "";
        const text = `${formatExact(item.value, locale)} ${displayUnit(props.unit)}${share}`;
        return `<div class="tip"><div class="tip__head">${escapeHtml(head)}</div><div class="tip__row"><b>${escapeHtml(text)}</b></div></div>`;
      },
    },
    series: [
      {
        type: "sankey",
        left: 4,
        top: 8,
        bottom: 8,
        right: isNarrow ? 110 : 220,
        nodeWidth: 14,
        // Beside a thin node there is room for its name and its value.
        nodeGap: isNarrow ? 12 : 32,
        draggable: false,
        // The order is that of the nodes.
        layoutIterations: 0,
        emphasis: { focus: "adjacency" },
        data: inReadingOrder(props.nodes, props.links).map((node) => ({
          name: node.name,
          itemStyle: { color: resolveColor(node.color), borderWidth: 0 },
        })),
        links: props.links.map((link) => ({ ...link })),
        lineStyle: { color: "gradient", opacity: 0.35, curveness: 0.5 },
        label: {
          color: resolveColor("var(--ink)"),
          fontSize: isNarrow ? 11 : 13,
          width: isNarrow ? 104 : 210,
          overflow: isNarrow ? "break" : "truncate",
          formatter: (item: { name: string; value: number }) =>
            isNarrow ? labelOf(item.name) : `${labelOf(item.name)}\n{v|${amount(item.value)}}`,
          rich: { v: { color: resolveColor("var(--ink-2)"), fontSize: 11, lineHeight: 16 } },
        },
      },
    ],
  };
}

/** Where energy comes from and where it goes: the width of a band is its energy. */
export function SankeyDiagram(props: SankeyDiagramProps) {
  const element = useRef<HTMLDivElement>(null);
  const locale = useLocale();
  const theme = useTheme();
  const { nodes, links, unit } = props;
  useChart(element, () => makeOption(props, locale, element.current?.clientWidth ?? 800), [
    nodes,
    links,
    unit,
    locale,
    theme,
  ]);
  const summary = useMemo(
    () =>
      links
        .map((link) => `${link.source} → ${link.target}: ${formatWithUnit(link.value, unit, locale)}`)
        .join("; "),
    [links, unit, locale],
  );
  return (
    <div
      className="chart"
      role="img"
      aria-label={`${props.label}. ${summary}`}
      style={{ height: props.height }}
    >
      <div ref={element} className="chart__canvas" />
    </div>
  );
}
