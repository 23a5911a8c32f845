import {
  type Column,
  columnFormat,
  DataTable,
  displayUnit,
  formatAxis,
  formatBucket,
  formatClock,
  parseLocal,
  Skeleton,
  useLocale,
  useTheme,
} from "@ems/ui";
import type { ChartFrame } from "@ems/ui/chart";
import { type ReactNode, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChartCard, type Look } from "../../pages/ChartCard";
import { LiveChart } from "../../pages/charts";
import { useSite } from "../../state/site";
import { curveColors } from "../colors";
import { type Curve, type CurveGroup, groupCurves, pointsOf } from "../curves";
import { tableCsv } from "../tableCsv";
import { ExportMenu } from "./ExportMenu";

const HEIGHT = 220;
const DAY_MS = 86_400_000;

interface GroupChartProps {
  group: CurveGroup;
  cursor: string;
  frame: ChartFrame;
  /** Names of curves that are switched off. */
  hidden: ReadonlySet<string>;
  onToggle: (name: string) => void;
}

/** Power and flows are measured from zero; voltages, temperatures and registers move around a level. */
const FROM_ZERO = new Set(["kW", "W", "MW", "kvar", "kVA", "A", "%", "W/m²"]);

function GroupChart({ group, cursor, frame, hidden, onToggle }: GroupChartProps) {
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const all = useMemo(() => {
    const names = group.curves.map((curve) => curve.name);
    const colors = curveColors(names, isDark);
    return group.curves.map((curve, i) => ({
      name: curve.name,
      color: colors[i] ?? "",
      points: pointsOf(curve),
    }));
  }, [group, isDark]);
  const series = useMemo(() => all.filter((one) => !hidden.has(one.name)), [all, hidden]);
  const isLong = frame.toMs - frame.fromMs > 1.5 * DAY_MS;
  const stamp = (ms: number) => new Date(ms).toISOString().slice(0, 19);
  return (
    <div>
      <div className="legend">
        {all.map((one) => (
          <button
            key={one.name}
            type="button"
            className="legend__item"
            aria-pressed={!hidden.has(one.name)}
            onClick={() => onToggle(one.name)}
          >
            <span className="dot" style={{ ["--dot" as string]: one.color }} />
            {one.name}
          </button>
        ))}
      </div>
      <Suspense fallback={<Skeleton height={HEIGHT} />}>
        <LiveChart
          label={`${series.map((one) => one.name).join(", ")} [${group.unit}]`}
          series={series}
          unit={displayUnit(group.unit)}
          height={HEIGHT}
          limit={null}
          group={cursor}
          frame={frame}
          hasOwnLegend
          fromZero={FROM_ZERO.has(group.unit)}
          formatTime={(ms) =>
            isLong ? formatBucket(stamp(ms), "hourly", locale) : formatClock(ms, locale).slice(0, 5)
          }
          formatTick={(ms) =>
            isLong && ms % DAY_MS === 0
              ? formatAxis(stamp(ms), "daily", locale)
              : formatClock(ms, locale).slice(0, 5)
          }
        />
      </Suspense>
    </div>
  );
}

/** Width of a digit of the axis [px], and of what is around its labels. */
const DIGIT_PX = 7.5;
const LABEL_PAD_PX = 14;

/** The longest label that the value axis of a group may have. */
function longestLabel({ unit, curves }: CurveGroup, locale: string): number {
  const known = curves.flatMap(({ values }) => values.filter((value) => value !== null));
  const isFromZero = FROM_ZERO.has(unit);
  const low = known.reduce((a, b) => Math.min(a, b), isFromZero ? 0 : Number.POSITIVE_INFINITY);
  const high = known.reduce((a, b) => Math.max(a, b), isFromZero ? 0 : Number.NEGATIVE_INFINITY);
  if (!(high >= low)) return 0;
  const step = (high - low) / 4;
  const digits = step > 0 ? Math.min(6, Math.max(0, Math.ceil(-Math.log10(step)))) : 2;
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return Math.max(...[low, high, high + step].map((value) => format.format(value).length));
}

/** The frame that all charts of a card share. */
function frameOf(groups: readonly CurveGroup[], locale: string): ChartFrame {
  const curves = groups.flatMap((group) => group.curves);
  const ends = curves.flatMap(({ stamps }) => [stamps[0], stamps.at(-1)]);
  const times = ends.filter((stamp) => stamp !== undefined).map(parseLocal);
  const longest = Math.max(0, ...groups.map((group) => longestLabel(group, locale)));
  return {
    fromMs: Math.min(...times),
    toMs: Math.max(...times),
    labelPx: Math.ceil(longest * DIGIT_PX + LABEL_PAD_PX),
  };
}

interface Row {
  stamp: string;
  values: readonly (number | null | undefined)[];
}

/** One row per instant at which any of the curves has a value. */
function rowsOf(curves: readonly Curve[]): Row[] {
  const byStamp = new Map<string, (number | null | undefined)[]>();
  curves.forEach((curve, c) => {
    curve.stamps.forEach((stamp, i) => {
      const row = byStamp.get(stamp) ?? new Array<number | null | undefined>(curves.length).fill(undefined);
      row[c] = curve.values[i];
      byStamp.set(stamp, row);
    });
  });
  return [...byStamp].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([stamp, values]) => ({ stamp, values }));
}

function CurvesTable({ curves, caption }: { curves: readonly Curve[]; caption: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const rows = useMemo(() => rowsOf(curves), [curves]);
  const columns: Column<Row>[] = [
    {
      key: "time",
      isWhole: true,
      title: t("chart.time"),
      cell: (row) => formatBucket(row.stamp, "hourly", locale),
    },
    ...curves.map((curve, c): Column<Row> => {
      const number = columnFormat(curve.values, locale);
      return {
        key: `c${c}`,
        title: curve.unit ? `${curve.name} [${displayUnit(curve.unit)}]` : curve.name,
        right: true,
        cell: (row) => number(row.values[c]),
      };
    }),
  ];
  return <DataTable caption={caption} columns={columns} rows={rows} rowKey={(row) => row.stamp} />;
}

export interface CurvesCardProps {
  title: string;
  sub?: ReactNode;
  curves: readonly Curve[];
  busy?: boolean;
  /** Name of the CSV file. */
  fileName: string;
  /** Curves that are switched off until somebody wants them. */
  isMinor?: (curve: Curve) => boolean;
}

/** Readings as lines, one chart for each unit with a common cursor. */
export function CurvesCard({ title, sub, curves, busy, fileName, isMinor }: CurvesCardProps) {
  const { t } = useTranslation();
  const { timeZone } = useSite();
  const [look, setLook] = useState<Look>("chart");
  const locale = useLocale();
  const groups = useMemo(() => groupCurves(curves), [curves]);
  const frame = useMemo(() => frameOf(groups, locale), [groups, locale]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(
    () => new Set(isMinor ? curves.filter(isMinor).map((curve) => curve.name) : []),
  );
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  const csv = () =>
    tableCsv(
      [
        { title: `${t("chart.time")} (${timeZone})`, value: (row: Row) => row.stamp },
        ...curves.map((curve, c) => ({
          title: `${curve.name} [${curve.unit}]`,
          value: (row: Row) => row.values[c],
        })),
      ],
      rowsOf(curves),
    );
  return (
    <ChartCard
      title={title}
      sub={sub ?? timeZone}
      busy={busy}
      look={look}
      onLook={setLook}
      tools={<ExportMenu file={null} csv={csv} name={fileName} />}
      chart={
        <div className="curves">
          {groups.map((group) => (
            <GroupChart
              key={group.key}
              group={group}
              cursor={fileName}
              frame={frame}
              hidden={hidden}
              onToggle={toggle}
            />
          ))}
        </div>
      }
      table={<CurvesTable curves={curves} caption={title} />}
    />
  );
}
