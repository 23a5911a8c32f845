import { Card, formatClock, Skeleton, tokenColor, useLocale, wallClock } from "@ems/ui";
import type { LineSeries } from "@ems/ui/chart";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { consumptionW } from "../flow/layout";
import { type FlowNode, type FlowSample, useFlow, useFlowSamples } from "../live/store";
import { useSite } from "../state/site";

const LineChart = lazy(async () => ({ default: (await import("@ems/ui/chart")).LiveChart }));

const HEIGHT = 240;

function seriesOf(
  nodes: readonly FlowNode[],
  samples: readonly FlowSample[],
  names: { load: string },
): LineSeries[] {
  const sources = nodes.filter((node) => ["grid", "pv", "battery"].includes(node.kind));
  const consumers = nodes.filter((node) => node.kind === "building" || node.kind === "charger");
  const series = sources.map((node) => ({
    name: node.name,
    color: tokenColor(node.kind),
    points: samples.map((s): [number, number | null] => [s.timeMs, kw(s.power[node.id])]),
  }));
  const load = samples.map((s): [number, number | null] => {
    const known = consumers.map((node) => ({ ...node, power_w: s.power[node.id] ?? null }));
    return [s.timeMs, known.some((n) => n.power_w !== null) ? consumptionW(known) / 1000 : null];
  });
  return [{ name: names.load, color: tokenColor("building"), points: load }, ...series];
}

function kw(powerW: number | null | undefined): number | null {
  return powerW === null || powerW === undefined ? null : powerW / 1000;
}

/** Power of the last minutes, growing as it comes in; the limit as a line. */
export function LiveTrend({ span }: { span?: 8 }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const flow = useFlow();
  const samples = useFlowSamples();
  const { timeZone } = useSite();
  const nodes = flow?.nodes;
  const series = useMemo(
    () => (nodes ? seriesOf(nodes, samples, { load: t("flow.load") }) : []),
    [nodes, samples, t],
  );
  const limitW = nodes?.find((node) => node.kind === "grid")?.limit_w ?? null;
  return (
    <Card title={t("trend.title")} sub={t("trend.sub")} span={span}>
      {samples.length < 2 ? (
        <Skeleton height={HEIGHT} />
      ) : (
        <Suspense fallback={<Skeleton height={HEIGHT} />}>
          <LineChart
            label={t("trend.title")}
            series={series}
            height={HEIGHT}
            unit="kW"
            limit={limitW === null ? null : { value: limitW / 1000, name: t("flow.limitName") }}
            formatTime={(ms) => formatClock(wallClock(ms, timeZone), locale)}
          />
        </Suspense>
      )}
    </Card>
  );
}
