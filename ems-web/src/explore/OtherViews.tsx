import {
  formatBucket,
  formatExact,
  formatNumber,
  formatPercent,
  Skeleton,
  type Step,
  toIsoLocal,
  useLocale,
} from "@ems/ui";
import { lazy, Suspense, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { SelectField } from "../library/SelectField";
import { useSite } from "../state/site";
import { useParam } from "../state/useParam";
import { durationCurve, fitLine, type HeatCell, heatMap, pairs } from "./analysis";
import type { Line } from "./data";
import { Frame, type FrameColumn } from "./Frame";
import { durationOption, heatOption, scatterOption } from "./options";
import { type Explore, unitPairs } from "./useExplore";

const AnalysisChart = lazy(async () => ({
  default: (await import("@ems/ui/chart/analysis")).AnalysisChart,
}));

const HEIGHT = 380;
const PERCENTS = Array.from({ length: 101 }, (_, i) => i);

/** The energy of an hour is the mean power of that hour: so the curve is read by those who pay for peaks. */
function asPower(line: Line, step: Step): Line {
  return step === "hourly" && line.unit === "kWh" ? { ...line, unit: "kW" } : line;
}

/** How long each value was reached: the peak at the left, the base load at the right. */
export function DurationView({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const picture = useRef<(() => string) | null>(null);
  const { data, step } = explore;
  const shown = useMemo(() => explore.shown.map((line) => asPower(line, step)), [explore.shown, step]);
  const curves = useMemo(
    () => shown.map((line) => ({ ...line, points: durationCurve(line.values) })),
    [shown],
  );
  const at = (points: readonly [number, number][], percent: number) =>
    points[Math.min(points.length - 1, Math.floor((percent / 100) * points.length))]?.[1] ?? null;
  const columns: FrameColumn<number>[] = [
    {
      key: "share",
      title: t("explore.shareOfTime"),
      value: (percent) => percent,
      cell: (percent) => formatPercent(percent / 100, locale),
    },
    ...curves.map(
      (curve): FrameColumn<number> => ({
        key: curve.key,
        title: `${curve.name} [${curve.unit}]`,
        right: true,
        value: (percent) => at(curve.points, percent),
        cell: (percent) => formatExact(at(curve.points, percent), locale),
      }),
    ),
  ];
  return (
    <Frame
      title={t("explore.looks.duration")}
      name="duration-curve"
      rows={curves.some((curve) => curve.points.length > 0) ? PERCENTS : []}
      rowKey={(percent) => percent}
      columns={columns}
      picture={picture}
      busy={data.isBusy}
      note={t("explore.durationNote", { step: t(`step.${explore.step}`) })}
    >
      {unitPairs(shown).map((units, i) => {
        const ofUnits = curves.filter((curve) => units.includes(curve.unit));
        return (
          <Suspense key={units.join()} fallback={<Skeleton height={HEIGHT} />}>
            <AnalysisChart
              label={`${ofUnits.map((curve) => curve.name).join(", ")} [${units.join(", ")}]`}
              height={HEIGHT}
              picture={i === 0 ? picture : undefined}
              inputs={[ofUnits, units.join()]}
              makeOption={() =>
                durationOption({ curves: ofUnits, units, xName: t("explore.shareOfTime"), locale })
              }
            />
          </Suspense>
        );
      })}
    </Frame>
  );
}

/** The line that a select of the address names; the first one by default. */
function useOne(lines: readonly Line[], name: string): [Line | undefined, (key: string) => void] {
  const [key, setKey] = useParam(name);
  return [lines.find((line) => line.key === key) ?? lines[0], (next) => setKey(next, true)];
}

function LineSelect(props: {
  label: string;
  lines: readonly Line[];
  line: Line;
  onChange: (key: string) => void;
}) {
  return (
    <SelectField
      label={props.label}
      value={props.line.key}
      options={props.lines.map((line) => ({ value: line.key, text: `${line.name} [${line.unit}]` }))}
      onChange={props.onChange}
    />
  );
}

/** Hour of the day by day: what is usual, and what is not. */
export function HeatView({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone } = useSite();
  const picture = useRef<(() => string) | null>(null);
  const [line, choose] = useOne(explore.shown, "of");
  const heat = useMemo(() => line && heatMap(line.stamps, line.values, line.estimated), [line]);
  const stampOf = (cell: HeatCell) => toIsoLocal((heat?.days[cell.day] ?? 0) + cell.hour * 3_600_000);
  const columns: FrameColumn<HeatCell>[] = [
    {
      key: "time",
      title: `${t("chart.time")} (${timeZone})`,
      value: stampOf,
      cell: (cell) => formatBucket(stampOf(cell), "hourly", locale),
    },
    {
      key: "value",
      title: `${line?.name ?? ""} [${line?.unit ?? ""}]`,
      right: true,
      value: (cell) => cell.value,
      cell: (cell) => formatExact(cell.value, locale),
    },
  ];
  const isHourly = explore.step === "hourly";
  return (
    <Frame
      title={t("explore.looks.heat")}
      name="heat-map"
      rows={isHourly ? (heat?.cells ?? []) : []}
      rowKey={(cell) => cell.day * 24 + cell.hour}
      columns={columns}
      picture={picture}
      busy={explore.data.isBusy}
      note={t("explore.heatNote")}
    >
      {line && explore.shown.length > 1 && (
        <div className="explore-choice">
          <LineSelect label={t("explore.series")} lines={explore.shown} line={line} onChange={choose} />
        </div>
      )}
      {line && heat && (
        <Suspense fallback={<Skeleton height={HEIGHT} />}>
          <AnalysisChart
            label={`${t("explore.looks.heat")}: ${line.name} [${line.unit}]. ${t("explore.count", { count: heat.cells.length })}`}
            height={HEIGHT}
            picture={picture}
            inputs={[line, heat]}
            makeOption={(width) =>
              heatOption({
                heat,
                name: line.name,
                unit: line.unit,
                color: line.color,
                locale,
                width,
                estimated: t("explore.estimated"),
              })
            }
          />
        </Suspense>
      )}
    </Frame>
  );
}

interface ScatterRow {
  index: number;
  stamp: string;
}

/** Temperatures are what energy is usually held against. */
function isTemperature(line: Line): boolean {
  return /°[CF]/.test(line.unit);
}

/** Every series against one of them. */
export function ScatterView({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone } = useSite();
  const picture = useRef<(() => string) | null>(null);
  const ordered = useMemo(
    () => explore.shown.toSorted((a, b) => Number(isTemperature(b)) - Number(isTemperature(a))),
    [explore.shown],
  );
  const [xLine, choose] = useOne(ordered, "x");
  const others = useMemo(() => explore.shown.filter((line) => line !== xLine), [explore.shown, xLine]);
  const clouds = useMemo(
    () =>
      others.map((line) => {
        const points = pairs(xLine?.values ?? [], line.values);
        const fit = fitLine(points.map(({ x, y }) => [x, y]));
        const xs = points.map(({ x }) => x);
        const ends = [Math.min(...xs), Math.max(...xs)].map(
          (x) => [x, (fit?.intercept ?? 0) + (fit?.slope ?? 0) * x] as const,
        );
        const [first, last] = ends;
        return { ...line, points, law: fit, fit: fit && first && last ? ([first, last] as const) : null };
      }),
    [others, xLine],
  );
  const rows = useMemo(
    (): ScatterRow[] => (xLine?.stamps ?? []).map((stamp, index) => ({ index, stamp })),
    [xLine],
  );
  const columns: FrameColumn<ScatterRow>[] = [
    {
      key: "time",
      title: `${t("chart.time")} (${timeZone})`,
      value: (row) => row.stamp,
      cell: (row) => formatBucket(row.stamp, explore.step, locale),
    },
    ...[...(xLine ? [xLine] : []), ...others].map(
      (line): FrameColumn<ScatterRow> => ({
        key: line.key,
        title: `${line.name} [${line.unit}]`,
        right: true,
        value: (row) => line.values[row.index],
        cell: (row) => formatExact(line.values[row.index], locale),
      }),
    ),
  ];
  return (
    <Frame
      title={t("explore.looks.scatter")}
      name="scatter"
      rows={others.length > 0 ? rows : []}
      rowKey={(row) => row.index}
      columns={columns}
      picture={picture}
      busy={explore.data.isBusy}
      note={clouds.map(
        (cloud) =>
          cloud.law && (
            <span key={cloud.key} className="band-key">
              {t("explore.law", {
                name: cloud.name,
                slope: formatNumber(cloud.law.slope, locale),
                unit: `${cloud.unit}/${xLine?.unit ?? ""}`,
                share: formatPercent(cloud.law.r2, locale),
              })}
            </span>
          ),
      )}
    >
      {xLine && (
        <div className="explore-choice">
          <LineSelect label={t("explore.against")} lines={explore.shown} line={xLine} onChange={choose} />
        </div>
      )}
      {xLine &&
        unitPairs(others).map((units, i) => {
          const ofUnits = clouds.filter((cloud) => units.includes(cloud.unit));
          return (
            <Suspense key={units.join()} fallback={<Skeleton height={HEIGHT} />}>
              <AnalysisChart
                label={`${ofUnits.map((cloud) => cloud.name).join(", ")} / ${xLine.name}. ${t("explore.count", { count: ofUnits[0]?.points.length ?? 0 })}`}
                height={HEIGHT}
                picture={i === 0 ? picture : undefined}
                inputs={[ofUnits, xLine]}
                makeOption={() =>
                  scatterOption({
                    clouds: ofUnits,
                    units,
                    stamps: xLine.stamps,
                    step: explore.step,
                    xName: xLine.name,
                    xUnit: xLine.unit,
                    locale,
                  })
                }
              />
            </Suspense>
          );
        })}
    </Frame>
  );
}
