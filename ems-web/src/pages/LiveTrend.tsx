import { Card, formatClock, formatWithUnit, Skeleton, tokenColor, useLocale, wallClock } from "@ems/ui";
import type { LineSeries } from "@ems/ui/chart";
import { Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { suppliedW } from "../flow/layout";
import { type Flow, type FlowNode, type FlowSample, useFlow, useFlowSamples } from "../live/store";
import { useSite } from "../state/site";
import { LiveChart } from "./charts";

const HEIGHT = 240;

function seriesOf(
  nodes: readonly FlowNode[],
  given: readonly FlowSample[],
  names: { load: string },
): LineSeries[] {
  const samples = sinceKnown(given);
  const sources = nodes.filter((node) => ["grid", "pv", "battery"].includes(node.kind));
  const consumers = nodes.filter((node) => node.kind === "building" || node.kind === "charger");
  const series = sources.map((node) => ({
    name: node.name,
    color: tokenColor(node.kind),
    points: samples.map((s): [number, number | null] => [
      s.timeMs,
      kw(suppliedW(node.kind, s.power[node.id] ?? null)),
    ]),
  }));
  const load = samples.map((s): [number, number | null] => [s.timeMs, kw(loadW(consumers, s))]);
  return [{ name: names.load, color: tokenColor("building"), points: load }, ...series];
}

/** Without what came before anything was known: a line at the very end of an empty chart says little. */
function sinceKnown(samples: readonly FlowSample[]): readonly FlowSample[] {
  const first = samples.findIndex((sample) => Object.values(sample.power).some((powerW) => powerW !== null));
  return first > 0 ? samples.slice(first) : samples;
}

/** What the consumers took [W]; null when nothing is known of any. */
function loadW(consumers: readonly FlowNode[], sample: FlowSample): number | null {
  let sum: number | null = null;
  for (const { id } of consumers) {
    const powerW = sample.power[id] ?? null;
    if (powerW !== null) sum = (sum ?? 0) + Math.max(0, powerW);
  }
  return sum;
}

/** The same list for as long as the nodes are the same ones, whatever their power. */
function useNodes(flow: Flow | null): readonly FlowNode[] | null {
  const nodes = flow?.nodes ?? null;
  const key = nodes?.map((node) => `${node.id} ${node.kind} ${node.name}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which nodes there are
  return useMemo(() => nodes, [key]);
}

function kw(powerW: number | null | undefined): number | null {
  return powerW === null || powerW === undefined ? null : powerW / 1000;
}

const UNIT = "kW";

/** What the curves say, for those who can't see them. */
function TrendTable({ series }: { series: readonly LineSeries[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const written = (value: number | undefined) => formatWithUnit(value, UNIT, locale);
  return (
    <div className="vh">
      <table>
        <caption>{`${t("trend.title")}, ${t("trend.sub")}`}</caption>
        <thead>
          <tr>
            <th scope="col">{t("flow.node")}</th>
            <th scope="col">{t("trend.now")}</th>
            <th scope="col">{t("trend.lowest")}</th>
            <th scope="col">{t("trend.highest")}</th>
          </tr>
        </thead>
        <tbody>
          {series.map(({ name, points }) => {
            const known = points.map(([, value]) => value).filter((value) => value !== null);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{written(known.at(-1))}</td>
                <td>{written(known.length > 0 ? Math.min(...known) : undefined)}</td>
                <td>{written(known.length > 0 ? Math.max(...known) : undefined)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface LiveTrendProps {
  span?: 8;
  /** Whether something else is to be drawn before it. */
  isLater?: boolean;
}

/** Power of the last minutes, growing as it comes in: what is used, and the sources, which add up to it. */
export function LiveTrend({ span, isLater = false }: LiveTrendProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const flow = useFlow();
  const samples = useFlowSamples();
  const { timeZone } = useSite();
  const nodes = useNodes(flow);
  const series = useMemo(
    () => (nodes ? seriesOf(nodes, samples, { load: t("flow.load") }) : []),
    [nodes, samples, t],
  );
  const limitW = flow?.nodes.find((node) => node.kind === "grid")?.limit_w ?? null;
  return (
    <Card title={t("trend.title")} sub={t("trend.sub")} span={span}>
      {isLater || samples.length < 2 ? (
        <Skeleton height={HEIGHT} />
      ) : (
        <Suspense fallback={<Skeleton height={HEIGHT} />}>
          <LiveChart
            label={t("trend.title")}
            series={series}
            height={HEIGHT}
            unit={UNIT}
            limit={limitW === null ? null : { value: limitW / 1000, name: t("flow.limitName") }}
            formatTime={(ms) => formatClock(wallClock(ms, timeZone), locale)}
          />
          <TrendTable series={series} />
        </Suspense>
      )}
    </Card>
  );
}
