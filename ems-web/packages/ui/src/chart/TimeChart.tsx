import { type PointerEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBucket } from "../format/date";
import { formatWithUnit } from "../format/number";
import { useLocale } from "../i18n/setup";
import { useTheme } from "../theme/store";
import type { Step } from "../time/period";
import { type ChartSeries, makeTimeOption, timeTip } from "./timeOption";
import { pixelAt, useChart } from "./useChart";
import { useCursor } from "./useCursor";

export interface TimeChartProps {
  /** Says what is shown, for assistive technology. */
  label: string;
  stamps: readonly string[];
  step: Step;
  series: readonly ChartSeries[];
  height?: number;
  /** Index of the bucket that is still running. */
  partialIndex?: number;
  /** Buckets from..to were dragged over. */
  onZoom?: (from: number, to: number) => void;
  group?: string;
}

interface Drag {
  from: number;
  to: number;
}

/** Values over time: bars or lines, gaps as gaps, the comparison as a thin line, drag to zoom. */
export function TimeChart({
  label,
  stamps,
  step,
  series,
  height = 320,
  partialIndex,
  onZoom,
  group,
}: TimeChartProps) {
  const area = useRef<HTMLDivElement>(null);
  const element = useRef<HTMLDivElement>(null);
  const locale = useLocale();
  const theme = useTheme();
  const { t } = useTranslation("ui");
  const [drag, setDrag] = useState<Drag | null>(null);
  const shown = {
    stamps,
    step,
    series,
    partialIndex,
    locale,
    partialText: t("chart.partial"),
    estimatedText: t("chart.estimated"),
  };
  const chart = useChart(
    element,
    () => makeTimeOption({ ...shown, width: element.current?.clientWidth ?? 800 }),
    [stamps, step, series, partialIndex, locale, theme],
  );
  useCursor(
    area,
    {
      locate: (px) => {
        const at = Math.round(Number(chart?.convertFromPixel({ xAxisIndex: 0 }, px)));
        return at >= 0 && at < stamps.length ? at : null;
      },
      place: (at) => (at < stamps.length ? pixelAt(chart, at) : null),
      tip: (at) => timeTip(shown, at),
    },
    group,
  );

  const summary = useMemo(
    () => summarise(series, stamps, step, locale, t),
    [series, stamps, step, locale, t],
  );

  const x = (event: PointerEvent) => event.clientX - (element.current?.getBoundingClientRect().left ?? 0);
  const indexAt = (px: number) => {
    const at = Number(chart?.convertFromPixel({ xAxisIndex: 0 }, px) ?? 0);
    return Math.max(0, Math.min(stamps.length - 1, at));
  };
  const onDown = (event: PointerEvent) => {
    // Touch scrolls the page; only a mouse or a pen drags.
    if (!onZoom || event.pointerType === "touch" || event.button !== 0) return;
    setDrag({ from: x(event), to: x(event) });
  };
  const onMove = (event: PointerEvent) => {
    if (!drag) return;
    if (Math.abs(x(event) - drag.from) > 4) event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ ...drag, to: x(event) });
  };
  const onUp = () => {
    if (drag && Math.abs(drag.to - drag.from) > 8) {
      const [a, b] = [indexAt(drag.from), indexAt(drag.to)];
      onZoom?.(Math.min(a, b), Math.max(a, b));
    }
    setDrag(null);
  };

  return (
    <div
      ref={area}
      className="chart"
      role="img"
      aria-label={`${label}. ${summary}`}
      style={{ height, touchAction: "pan-y", cursor: onZoom ? "crosshair" : undefined }}
      onPointerDownCapture={onDown}
      onPointerMoveCapture={onMove}
      onPointerUpCapture={onUp}
      onPointerCancel={() => setDrag(null)}
    >
      <div ref={element} className="chart__canvas chart__canvas--still" />
      {drag && Math.abs(drag.to - drag.from) > 4 && (
        <div
          className="chart__drag"
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      )}
    </div>
  );
}

function summarise(
  series: readonly ChartSeries[],
  stamps: readonly string[],
  step: Step,
  locale: string,
  t: (key: string, values: Record<string, unknown>) => string,
): string {
  const first = stamps[0];
  const last = stamps.at(-1);
  if (first === undefined || last === undefined) return "";
  return series
    .filter((s) => s.role !== "base")
    .map((s) => {
      const known = s.values.filter((v): v is number => v !== null);
      const max = known.length > 0 ? Math.max(...known) : null;
      return t("chart.summary", {
        name: s.name,
        count: known.length,
        first: formatBucket(first, step, locale),
        last: formatBucket(last, step, locale),
        max: formatWithUnit(max, s.unit, locale),
      });
    })
    .join(" ");
}
