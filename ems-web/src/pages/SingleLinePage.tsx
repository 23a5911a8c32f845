import {
  Card,
  type Column,
  DataTable,
  displayUnit,
  EmptyState,
  formatNumber,
  formatPercent,
  formatWithUnit,
  NO_DATA,
  QueryView,
  Skeleton,
  useLocale,
} from "@ems/ui";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { liveStore, useLiveVersion } from "../live/store";
import { useFollowLive } from "../live/useLiveFlow";
import { type EntityItem, ItemPicker } from "../reports/parts/ItemPicker";
import { useApi } from "../state/useApi";
import { PHONE, useMedia } from "../state/useMedia";
import { useParam } from "../state/useParam";
import { batteryText } from "../svg/battery";
import { batteryPoints, narrowLayout, parseSvg, type Substitute, svgElements } from "../svg/sanitise";
import { PageHead } from "./PageHead";

interface System extends EntityItem {
  svg: { id: number; source_code?: string } | null;
  description: string | null;
}

interface Point {
  id: number;
  name: string;
  units: string;
  value: number | null;
}

interface Circuit extends EntityItem {
  distribution_room: string | null;
  switchgear: string | null;
  peak_load: number | null;
  customers: string | null;
  points: readonly Point[];
}

interface Latest {
  value: number | null;
  units: string;
}

const REFRESH_MS = 15_000;
const POINT = /^PT(\d+)$/;
const LAMP = /^CIRCLE(\d+)$/;
const NEAR_PEAK = 0.8;

/** Newest value of a point: from the stream, else as last loaded. */
function latestOf(point: Point): number | null {
  return liveStore.point(point.id)?.value ?? point.value;
}

interface DrawingProps {
  root: SVGElement;
  label: string;
  latest: ReadonlyMap<number, Latest>;
}

/** The drawing with live values: `PT12` shows the value of point 12, `CIRCLE12` lights up when it is not zero. */
function Drawing({ root, label, latest }: DrawingProps) {
  const locale = useLocale();
  const { t } = useTranslation();
  const isNarrow = useMedia(PHONE);
  const substitute: Substitute = (id, classes) => {
    const shown = latest.get(Number(POINT.exec(id)?.[1]));
    if (shown && classes.contains("battery"))
      return { text: batteryText(shown.value, displayUnit(shown.units), locale, t) };
    if (shown) return { text: `${formatNumber(shown.value, locale)} ${displayUnit(shown.units)}` };
    const lamp = latest.get(Number(LAMP.exec(id)?.[1]));
    if (lamp) return { fill: lamp.value ? "var(--good)" : "var(--stale)" };
    return undefined;
  };
  return (
    <figure className="drawing" aria-label={label}>
      {svgElements(isNarrow ? narrowLayout(root) : root, substitute)}
    </figure>
  );
}

function powerOf(circuit: Circuit): number | null {
  const power = circuit.points.filter((point) => ["kW", "W", "MW"].includes(point.units));
  const known = power.map(latestOf).filter((value): value is number => value !== null);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
}

function LoadCell({ circuit }: { circuit: Circuit }) {
  const locale = useLocale();
  const power = powerOf(circuit);
  if (power === null || !circuit.peak_load) return <span className="muted">{NO_DATA}</span>;
  const share = Math.abs(power) / circuit.peak_load;
  return (
    <span className={`badge ${share >= 1 ? "badge--critical" : share >= NEAR_PEAK ? "badge--warning" : ""}`}>
      {formatPercent(share, locale)}
    </span>
  );
}

interface CircuitsProps {
  circuits: readonly Circuit[];
  /** Points that are the power of a battery. */
  batteries: ReadonlySet<number>;
}

function Circuits({ circuits, batteries }: CircuitsProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const powerText = (circuit: Circuit) =>
    circuit.points.some(({ id }) => batteries.has(id))
      ? batteryText(powerOf(circuit), "kW", locale, t)
      : formatWithUnit(powerOf(circuit), "kW", locale);
  const columns: Column<Circuit>[] = [
    { key: "name", title: t("singleLine.circuit"), sort: (row) => row.name, cell: (row) => row.name },
    {
      key: "gear",
      title: t("singleLine.switchgear"),
      wideOnly: true,
      cell: (row) => row.switchgear ?? NO_DATA,
    },
    {
      key: "customers",
      title: t("singleLine.customers"),
      wideOnly: true,
      cell: (row) => row.customers ?? NO_DATA,
    },
    {
      key: "power",
      title: t("meters.power"),
      right: true,
      sort: powerOf,
      cell: powerText,
    },
    {
      key: "peak",
      title: t("singleLine.peak"),
      right: true,
      wideOnly: true,
      cell: (row) => formatWithUnit(row.peak_load, "kW", locale),
    },
    { key: "load", title: t("singleLine.load"), right: true, cell: (row) => <LoadCell circuit={row} /> },
  ];
  return (
    <DataTable
      caption={t("singleLine.circuits")}
      columns={columns}
      rows={circuits}
      rowKey={(row) => row.id}
    />
  );
}

interface SystemViewProps {
  system: System;
}

function SystemView({ system }: SystemViewProps) {
  const { t } = useTranslation();
  useFollowLive();
  useLiveVersion();
  const circuits = useApi<Circuit[]>(
    "/v1/reports/distributionsystem",
    { distributionsystemid: system.id },
    { everyMs: REFRESH_MS },
  );
  const source = system.svg?.source_code ?? "";
  const root = useMemo(() => parseSvg(source), [source]);
  const batteries = useMemo(() => (root ? batteryPoints(root) : new Set<number>()), [root]);
  const ids = [...source.matchAll(/id="(?:PT|CIRCLE)(\d+)"/g)].map((match) => Number(match[1]));
  const all = useApi<{ point_id: number; value: number }[]>(
    "/v1/reports/pointrealtime",
    {},
    { everyMs: REFRESH_MS, isEnabled: ids.length > 0 },
  );
  const units = new Map(
    (circuits.data ?? []).flatMap((circuit) =>
      circuit.points.map((point) => [point.id, point.units] as const),
    ),
  );
  const loaded = new Map(all.data?.map((point) => [point.point_id, point.value]));
  const latest = new Map(
    ids.map((id) => [
      id,
      { value: liveStore.point(id)?.value ?? loaded.get(id) ?? null, units: units.get(id) ?? "kW" },
    ]),
  );
  return (
    <>
      {root && (
        <Card title={system.name} sub={system.description}>
          <Drawing root={root} label={system.name} latest={latest} />
        </Card>
      )}
      <Card title={t("singleLine.circuits")} flush>
        <QueryView
          query={circuits}
          skeleton={<Skeleton height={200} />}
          isEmpty={(rows) => rows.length === 0}
          empty={<EmptyState title={t("singleLine.noCircuits")} text={t("singleLine.noneText")} />}
        >
          {(rows) => <Circuits circuits={rows} batteries={batteries} />}
        </QueryView>
      </Card>
    </>
  );
}

/** How the site is wired, with what flows at this moment. */
export default function SingleLinePage() {
  const { t } = useTranslation();
  const [idText, setId] = useParam("id");
  const list = useApi<System[]>("/v1/distributionsystems", {}, { staleMs: 300_000 });
  const systems = list.data ?? [];
  const system = systems.find((one) => one.id === Number(idText)) ?? systems[0];
  return (
    <div className="page">
      <PageHead
        title={t("singleLine.title")}
        question={t("singleLine.question")}
        tools={
          systems.length > 1 && (
            <ItemPicker
              label={t("singleLine.choose")}
              items={systems}
              id={system?.id ?? null}
              onChoose={(id) => setId(String(id), true)}
            />
          )
        }
      />
      <QueryView
        query={list}
        skeleton={<Skeleton height={420} />}
        isEmpty={() => systems.length === 0}
        empty={
          <Card>
            <EmptyState title={t("singleLine.none")} text={t("singleLine.noneText")} />
          </Card>
        }
      >
        {() => system && <SystemView key={system.id} system={system} />}
      </QueryView>
    </div>
  );
}
