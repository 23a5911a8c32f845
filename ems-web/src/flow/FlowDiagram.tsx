import { formatPercent, formatQuantity, formatWithUnit, tokenColor, useLocale } from "@ems/ui";
import { BatteryMedium, Building2, Gauge, PlugZap, Sun, UtilityPole } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Flow, FlowNode, NodeKind } from "../live/store";
import { useWidth } from "../state/useWidth";
import { useViewPath } from "../state/ViewLink";
import { type Band, consumptionW, layoutFlow, type PlacedNode } from "./layout";

const ICONS: Record<NodeKind, ReactNode> = {
  grid: <UtilityPole size={18} aria-hidden="true" />,
  pv: <Sun size={18} aria-hidden="true" />,
  battery: <BatteryMedium size={18} aria-hidden="true" />,
  charger: <PlugZap size={18} aria-hidden="true" />,
  building: <Building2 size={18} aria-hidden="true" />,
};

const NEAR_LIMIT = 0.95;

/** Bands at least this thick carry their arrow inside. */
const ARROW_INSIDE_PX = 11;

/** Seconds that a mark takes along a band: less with more power, so motion tells something too. */
function period(powerW: number, mostW: number): number {
  const share = Math.sqrt(Math.abs(powerW) / Math.max(mostW, 1));
  return Math.round((2.6 - 1.9 * Math.min(1, share)) * 5) / 5;
}

/** How the grid stands to its limit. A charger that takes all it may is nothing to warn of. */
export function limitState(node: FlowNode): "none" | "good" | "near" | "over" {
  if (node.kind !== "grid" || !node.limit_w || node.power_w === null) return "none";
  const ratio = node.power_w / node.limit_w;
  if (ratio > 1.005) return "over";
  return ratio >= NEAR_LIMIT ? "near" : "good";
}

function bandColor(node: FlowNode): string {
  if (node.kind === "grid" && limitState(node) === "over") return tokenColor("critical");
  return tokenColor(node.kind);
}

function BandShape({ band, mostW }: { band: Band; mostW: number }) {
  const color = bandColor(band.node);
  const hasFlow = band.thickness > 0;
  return (
    <g>
      {band.limitThickness > 0 && (
        <>
          <path d={band.path} className="flow__limit-edge" strokeWidth={band.limitThickness + 4} />
          <path d={band.path} className="flow__limit" strokeWidth={band.limitThickness} />
        </>
      )}
      {!hasFlow && <path d={band.path} className="flow__idle" />}
      {hasFlow && (
        <>
          <path
            d={band.path}
            fill="none"
            stroke={color}
            strokeWidth={band.thickness}
            className="flow__band"
          />
          <path
            d={band.path}
            className={`flow__motion ${band.isForward ? "" : "flow__motion--back"}`}
            strokeWidth={Math.min(3, Math.max(1.5, band.thickness / 4))}
            style={{ animationDuration: `${period(band.node.power_w ?? 0, mostW)}s` }}
          />
          <path
            d="M-4 -4.5L4 0L-4 4.5Z"
            style={{ fill: band.thickness >= ARROW_INSIDE_PX ? "var(--card)" : color }}
            transform={`translate(${band.arrow.x} ${band.arrow.y}) rotate(${band.isForward ? band.arrow.angle : band.arrow.angle + 180})`}
          />
        </>
      )}
    </g>
  );
}

function LimitLabel({ band }: { band: Band }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (!band.limitLabel) return null;
  return (
    <text x={band.limitLabel.x} y={band.limitLabel.y} className="flow__limit-text">
      {t("flow.limit", { power: formatWithUnit((band.node.limit_w ?? 0) / 1000, "kW", locale) })}
    </text>
  );
}

function useStateText(): (node: FlowNode) => string {
  const { t } = useTranslation();
  return (node) => {
    if (node.power_w === null) return t("flow.state.unknown");
    if (node.state) return t(`flow.state.${node.state}`, { defaultValue: node.state });
    if (node.kind === "building" || node.kind === "charger") return "";
    if (node.power_w === 0) return t("flow.state.idle");
    const positive = { grid: "importing", pv: "idle", battery: "charging" }[node.kind];
    const negative = { grid: "exporting", pv: "producing", battery: "discharging" }[node.kind];
    return t(`flow.state.${node.power_w > 0 ? positive : negative}`);
  };
}

function Soc({ ratio }: { ratio: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <span className="soc" title={t("flow.soc")}>
      <span className="soc__track" aria-hidden="true">
        <span className="soc__fill" style={{ width: `${Math.max(0, Math.min(1, ratio)) * 100}%` }} />
      </span>
      <span className="vh">{t("flow.soc")}</span> {formatPercent(ratio, locale)}
    </span>
  );
}

interface NodeFootProps {
  node: FlowNode;
  isNarrow: boolean;
  isRow: boolean;
  limit: ReturnType<typeof limitState>;
}

/** State of charge, state, limit and the day's energy, as far as there is room. */
function NodeFoot({ node, isNarrow, isRow, limit }: NodeFootProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const state = useStateText()(node);
  const today = node.energy_today_kwh;
  const hasRoom = isRow ? state === "" : !isNarrow;
  return (
    <span className="node__foot">
      {node.soc_ratio !== null && node.soc_ratio !== undefined && <Soc ratio={node.soc_ratio} />}
      {state && <span>{state}</span>}
      {(limit === "near" || limit === "over") && (
        <span className={`badge ${limit === "over" ? "badge--critical" : "badge--warning"}`}>
          {t(`flow.${limit}Limit`)}
        </span>
      )}
      {hasRoom && today !== null && today !== undefined && (
        <span className="node__today">
          {t("flow.today", { energy: formatWithUnit(Math.abs(today), "kWh", locale) })}
        </span>
      )}
    </span>
  );
}

function NodeCard({ placed, isNarrow }: { placed: PlacedNode; isNarrow: boolean }) {
  const { node } = placed;
  const { t } = useTranslation();
  const locale = useLocale();
  const path = useViewPath();
  const shown = formatQuantity(node.power_w === null ? null : Math.abs(node.power_w) / 1000, "kW", locale);
  const isRow = node.kind === "building" || node.kind === "charger";
  const style: CSSProperties = {
    left: placed.x,
    top: placed.y,
    width: placed.width,
    height: placed.height,
    ["--node" as string]: tokenColor(node.kind),
  };
  const limit = limitState(node);
  const classes = `node ${isRow ? "node--row" : ""} ${isNarrow ? "node--narrow" : ""} ${node.power_w === null ? "node--stale" : ""} ${limit === "over" ? "node--over" : ""}`;
  const content = (
    <>
      <span className="node__head">
        <span className="node__icon">{ICONS[node.kind]}</span>
        <span className="node__name" title={node.name}>
          {node.kind === "building" || !isNarrow ? node.name : t(`flow.kind.${node.kind}`)}
        </span>
      </span>
      <span className="node__power">
        {shown.text} <small>{shown.unit}</small>
      </span>
      <NodeFoot node={node} isNarrow={isNarrow} isRow={isRow} limit={limit} />
    </>
  );
  if (node.entity?.kind === "space") {
    return (
      <Link
        to={path("/report/space/energycategory", { space: node.entity.id })}
        className={classes}
        style={style}
      >
        {content}
      </Link>
    );
  }
  return (
    <div className={classes} style={style}>
      {content}
    </div>
  );
}

/** The live power flow: who gives, who takes, how much, and where the limit acts. */
export function FlowDiagram({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [ref, width] = useWidth();
  const picture = width > 0 ? layoutFlow(flow.nodes, width) : null;
  const mostW = Math.max(...flow.nodes.map((node) => Math.abs(node.power_w ?? 0)), 1);
  const load = formatQuantity(consumptionW(flow.nodes) / 1000, "kW", locale);
  return (
    <div ref={ref} className="flow" style={{ height: picture?.height ?? 420 }}>
      {picture && (
        <>
          <svg className="flow__lines" width={picture.width} height={picture.height} aria-hidden="true">
            {picture.bands.map((band) => (
              <BandShape key={band.id} band={band} mostW={mostW} />
            ))}
            <rect {...picture.bus} rx={5} className="flow__bus" />
            {picture.bands.map((band) => (
              <LimitLabel key={band.id} band={band} />
            ))}
          </svg>
          {picture.nodes.map((placed) => (
            <NodeCard key={placed.node.id} placed={placed} isNarrow={picture.isNarrow} />
          ))}
          <p
            className={`flow__load ${picture.isNarrow ? "flow__load--narrow" : ""}`}
            style={
              picture.isNarrow
                ? { top: picture.bus.y + 12, insetInlineStart: 72 }
                : { left: picture.bus.x + 5, top: Math.max(0, picture.bus.y - 52) }
            }
          >
            <Gauge size={14} aria-hidden="true" />
            <span>{t("flow.load")}</span>
            <strong>
              {load.text} {load.unit}
            </strong>
          </p>
        </>
      )}
    </div>
  );
}

/** The same as a table, for those who can't see the picture. */
export function FlowTable({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const stateText = useStateText();
  return (
    <table className="tbl">
      <caption className="vh">{t("flow.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("flow.node")}</th>
          <th scope="col" className="right">
            {t("flow.power")}
          </th>
          <th scope="col">{t("flow.stateTitle")}</th>
          <th scope="col" className="right">
            {t("flow.soc")}
          </th>
          <th scope="col" className="right">
            {t("flow.todayTitle")}
          </th>
        </tr>
      </thead>
      <tbody>
        {flow.nodes.map((node) => (
          <tr key={node.id}>
            <th scope="row">{node.name}</th>
            <td className="right">
              {formatWithUnit(node.power_w === null ? null : node.power_w / 1000, "kW", locale)}
            </td>
            <td>{stateText(node)}</td>
            <td className="right">{formatPercent(node.soc_ratio, locale)}</td>
            <td className="right">{formatWithUnit(node.energy_today_kwh, "kWh", locale)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
