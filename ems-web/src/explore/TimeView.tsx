import { formatBucket, formatExact, nextBucket, parseLocal, Segmented, Skeleton, useLocale } from "@ems/ui";
import type { ZoomRange } from "@ems/ui/chart/analysis";
import { lazy, Suspense, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { closedValues, isKnown } from "../reports/model";
import { useSite } from "../state/site";
import { useParam } from "../state/useParam";
import { useView } from "../state/view";
import { doubts, stretches } from "./analysis";
import type { Line } from "./data";
import { Frame, type FrameColumn } from "./Frame";
import { type Band, timeOption } from "./options";
import { levelOf, slotAt, useTariff } from "./tariff";
import { type Explore, unitPairs } from "./useExplore";

const AnalysisChart = lazy(async () => ({
  default: (await import("@ems/ui/chart/analysis")).AnalysisChart,
}));

const HEIGHT = 320;
const GROUP = "explore";
/** Longer periods would be a grey blur of bands. */
const MOST_BANDED_HOURS = 24 * 14;
const LEVEL_COLORS: Record<string, string> = {
  toppeak: "var(--critical)",
  onpeak: "var(--gas)",
  midpeak: "var(--electricity)",
  offpeak: "var(--cooling)",
  deep: "var(--battery)",
};
const DOUBT_COLORS: Record<string, string> = {
  running: "var(--accent)",
  missing: "var(--stale)",
  estimated: "var(--warning-mark)",
};

function parseZoom(text: string): ZoomRange | null {
  const [start, end] = text.split("-").map(Number);
  return start !== undefined && end !== undefined && start >= 0 && start < end && end <= 100
    ? { start, end }
    : null;
}

function toBands(words: readonly string[], colors: Record<string, string>, opacity: number): Band[] {
  return stretches(words).map(({ word, from, to }) => ({
    from,
    to,
    color: colors[word] ?? "var(--line)",
    opacity,
    name: word,
  }));
}

/** Bands behind the curves: what is missing or estimated, or the levels of the tariff. */
function useBands(explore: Explore, stamps: readonly string[], wantsTariff: boolean): readonly Band[] {
  const { shown, step } = explore;
  const { now } = useView();
  const ofUse = shown.find((line) => line.token.kind === "use");
  const isShort = step === "hourly" && stamps.length <= MOST_BANDED_HOURS;
  const tariff = useTariff(ofUse, wantsTariff && isShort);
  return useMemo(() => {
    const doubtful = toBands(doubts(shown, stamps, step, now), DOUBT_COLORS, 0.16);
    if (!wantsTariff || !isShort || !tariff) return doubtful;
    const levels = stamps.map((stamp) => levelOf(slotAt(tariff.timeofuse, stamp)));
    return [...toBands(levels, LEVEL_COLORS, 0.1), ...doubtful];
  }, [shown, stamps, step, now, wantsTariff, isShort, tariff]);
}

/** Lines as they are drawn: sums of a bucket that still runs would look like a fall; its band says that it runs. */
function useDrawn({ shown, step }: Explore): readonly Line[] {
  const { now } = useView();
  return useMemo(
    () =>
      shown.map((line) => {
        if (line.token.kind !== "use") return line;
        const values = closedValues(line, step, now);
        if (!isKnown(values)) return line;
        // The comparison ends in the midst of the same bucket.
        return { ...line, values, baseValues: closedValues({ ...line, values: line.baseValues }, step, now) };
      }),
    [shown, step, now],
  );
}

interface Row {
  index: number;
  stamp: string;
}

function useColumns(lines: readonly Line[], explore: Explore): FrameColumn<Row>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone } = useSite();
  const note = (line: Line, row: Row) => (line.estimated[row.index] ? ` (${t("explore.estimated")})` : "");
  return [
    {
      key: "time",
      title: `${t("chart.time")} (${timeZone})`,
      value: (row) => row.stamp,
      cell: (row) => formatBucket(row.stamp, explore.step, locale),
    },
    ...lines.flatMap((line): FrameColumn<Row>[] => {
      const title = `${line.name} [${line.unit}]`;
      const own: FrameColumn<Row> = {
        key: line.key,
        title,
        right: true,
        value: (row) => line.values[row.index],
        cell: (row) => formatExact(line.values[row.index], locale) + note(line, row),
      };
      if (line.baseValues.length === 0) return [own];
      return [
        own,
        {
          key: `${line.key}-base`,
          title: `${t("chart.comparison")}: ${title}`,
          right: true,
          value: (row) => line.baseValues[row.index],
          cell: (row) => formatExact(line.baseValues[row.index], locale),
        },
      ];
    }),
  ];
}

/** Move the page's period to what the slider shows. */
function usePeriodOfZoom(stamps: readonly string[], explore: Explore, zoom: ZoomRange | null) {
  const { change } = useView();
  if (!zoom) return null;
  const at = (percent: number) => Math.round(((stamps.length - 1) * percent) / 100);
  return () => {
    const start = parseLocal(stamps[at(zoom.start)] ?? "");
    const end = nextBucket(parseLocal(stamps[at(zoom.end)] ?? ""), explore.step);
    if (start < end) change({ spec: { start, end } });
  };
}

/** All series over time, with one cursor and one zoom. */
export function TimeView({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const picture = useRef<(() => string) | null>(null);
  const [zoomText, setZoom] = useParam("z");
  const [bandsText, setBands] = useParam("bands", "none");
  const { shown, step, data } = explore;
  const stamps = shown[0]?.stamps ?? data.lines[0]?.stamps ?? [];
  const zoom = parseZoom(zoomText);
  const bands = useBands(explore, stamps, bandsText === "tariff");
  const drawn = useDrawn(explore);
  const pairs = unitPairs(shown);
  const rows = useMemo(() => stamps.map((stamp, index) => ({ index, stamp })), [stamps]);
  const columns = useColumns(shown, explore);
  const apply = usePeriodOfZoom(stamps, explore, zoom);
  const names = [...new Set(bands.map((band) => band.name))];
  return (
    <Frame
      title={t("explore.looks.time")}
      name="explore"
      rows={shown.length > 0 ? rows : []}
      rowKey={(row) => row.index}
      columns={columns}
      picture={picture}
      busy={data.isBusy}
      tools={
        <>
          {apply && (
            <button
              type="button"
              className="btn btn--small"
              onClick={() => {
                setZoom("");
                apply();
              }}
            >
              {t("explore.zoomToPeriod")}
            </button>
          )}
          {step === "hourly" && stamps.length <= MOST_BANDED_HOURS && (
            <Segmented
              label={t("explore.bands")}
              value={bandsText}
              options={[
                { value: "none", label: t("explore.noBands") },
                { value: "tariff", label: t("explore.tariff") },
              ]}
              onChange={setBands}
            />
          )}
        </>
      }
      note={
        <>
          {names.map((name) => (
            <span key={name} className="band-key">
              <span
                className="band-key__mark"
                style={{ background: LEVEL_COLORS[name] ?? DOUBT_COLORS[name] }}
              />
              {name in LEVEL_COLORS ? t(`peak.${name}`) : t(`explore.${name}`)}
            </span>
          ))}
          {t("explore.zoomHint")}
        </>
      }
    >
      {pairs.map((units, i) => {
        const lines = drawn.filter((line) => units.includes(line.unit));
        const isLast = i === pairs.length - 1;
        return (
          <Suspense key={units.join()} fallback={<Skeleton height={HEIGHT} />}>
            <AnalysisChart
              label={`${lines.map((line) => line.name).join(", ")} [${units.join(", ")}]. ${t("explore.count", { count: stamps.length })}`}
              height={HEIGHT}
              group={GROUP}
              picture={i === 0 ? picture : undefined}
              onZoom={
                isLast
                  ? ({ start, end }) =>
                      setZoom(start <= 0 && end >= 100 ? "" : `${start.toFixed(1)}-${end.toFixed(1)}`)
                  : undefined
              }
              inputs={[lines, stamps, bands, step]}
              makeOption={(width) =>
                timeOption({
                  lines,
                  units,
                  stamps,
                  step,
                  bands,
                  zoom,
                  hasSlider: isLast,
                  locale,
                  width,
                  comparison: t("chart.comparison"),
                  estimated: t("explore.estimated"),
                })
              }
            />
          </Suspense>
        );
      })}
    </Frame>
  );
}
