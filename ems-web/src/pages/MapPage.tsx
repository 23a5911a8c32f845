import {
  type BarItem,
  BarList,
  Card,
  EmptyState,
  formatNumber,
  formatPercent,
  listFormat,
  QueryView,
  Segmented,
  Skeleton,
  tokenColor,
  useLocale,
} from "@ems/ui";
import { useTranslation } from "react-i18next";
import { type Label, placeLabels } from "../map/labels";
import { type Place, project, roundLength } from "../map/project";
import type { ChildBreakdown } from "../reports/model";
import { useReport } from "../reports/useReport";
import type { SpaceNode } from "../state/spaces";
import { useParam } from "../state/useParam";
import { useWidth } from "../state/useWidth";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { PageHead } from "./PageHead";

/** Measures of the drawing [px]. */
interface Sheet {
  width: number;
  height: number;
  margin: number;
  largestRadius: number;
  /** Values, and names that find no free place, are left to the list. */
  isNarrow: boolean;
}

const NARROW_PX = 560;
const HIGHEST_PX = 560;
const SMALLEST_RADIUS = 6;
const SCALE_SHARE = 0.2;
const LINE_PX = 16;

function sheetOf(width: number): Sheet {
  const isNarrow = width < NARROW_PX;
  return isNarrow
    ? { width, height: width, margin: 52, largestRadius: 30, isNarrow }
    : { width, height: Math.min(HIGHEST_PX, width * 0.62), margin: 68, largestRadius: 46, isNarrow };
}

const MEASURES = ["energycategory", "cost", "carbon"] as const;
type Measure = (typeof MEASURES)[number];

interface Valued {
  place: Place;
  value: number | null;
}

function placesOf(space: SpaceNode | undefined): Place[] {
  return (space?.children ?? []).flatMap((child) => {
    const { latitude, longitude } = child;
    const isPlaced = typeof latitude === "number" && typeof longitude === "number";
    return isPlaced ? [{ id: child.id, name: child.name, latitude, longitude }] : [];
  });
}

/** What a part used over all groups; money and carbon of all categories add up. */
function sumOf(groups: readonly ChildBreakdown[], id: number): number | null {
  const known = groups
    .map((group) => group.items.find((item) => item.id === id)?.value ?? null)
    .filter((value): value is number => value !== null);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
}

function ScaleBar({ metresPerUnit, sheet }: { metresPerUnit: number; sheet: Sheet }) {
  const locale = useLocale();
  const metres = roundLength(SCALE_SHARE * sheet.width * metresPerUnit);
  const isFar = metres >= 1_000;
  const text = `${formatNumber(isFar ? metres / 1_000 : metres, locale)} ${isFar ? "km" : "m"}`;
  return (
    <g className="map__scale" transform={`translate(16 ${sheet.height - 28})`}>
      <path d={`M0 -6 V0 H${metres / metresPerUnit} V-6`} />
      <text y={18}>{text}</text>
      <path d={`M${sheet.width - 48} 6 l8 -22 l8 22 l-8 -6 z`} className="map__north" />
    </g>
  );
}

interface SiteMapProps {
  valued: readonly Valued[];
  unit: string;
  measure: Measure;
}

function PlaceLabel({ label, lines }: { label: Label | undefined; lines: readonly string[] }) {
  if (!label) return null;
  return lines.map((line, i) => (
    <text
      key={line}
      x={label.x}
      y={label.y + i * LINE_PX}
      textAnchor={label.anchor}
      className={i > 0 ? "map__value" : undefined}
    >
      {line}
    </text>
  ));
}

/** All values in one unit, so that they can be held against each other. */
function useWritten(valued: readonly Valued[], unit: string): (value: number | null) => string {
  return listFormat(
    valued.map((one) => one.value),
    unit,
    useLocale(),
  );
}

/** The map as wide as there is room: its letters keep their size. */
function SiteMap(props: SiteMapProps) {
  const [ref, width] = useWidth();
  const sheet = sheetOf(width);
  return (
    <div ref={ref} style={{ height: sheet.height }}>
      {width > 0 && <Drawing {...props} sheet={sheet} />}
    </div>
  );
}

function Drawing({ valued, unit, measure, sheet }: SiteMapProps & { sheet: Sheet }) {
  const { t } = useTranslation();
  const { width, height, isNarrow } = sheet;
  const most = Math.max(1e-9, ...valued.map((one) => one.value ?? 0));
  const { spots, metresPerUnit } = project(
    valued.map((one) => one.place),
    width,
    height,
    sheet.margin,
  );
  const amountOf = (id: number) => valued.find((one) => one.place.id === id)?.value ?? null;
  // Large ones first, so that small ones lie on top and can be reached.
  const sorted = spots.toSorted((a, b) => (amountOf(b.place.id) ?? 0) - (amountOf(a.place.id) ?? 0));
  const written = useWritten(valued, unit);
  const circles = sorted.map(({ place, x, y }) => {
    const value = amountOf(place.id);
    // Area, not radius, stands for the value.
    const radius = Math.max(SMALLEST_RADIUS, Math.sqrt(Math.max(0, value ?? 0) / most) * sheet.largestRadius);
    const lines = isNarrow ? [place.name] : [place.name, written(value)];
    return { place, x, y, radius, lines, title: `${place.name}: ${written(value)}` };
  });
  // On a phone the largest has its name in any case, the others where there is room.
  const drawnAnyhow = isNarrow ? 1 : circles.length;
  const labels = placeLabels(circles, width, height, drawnAnyhow);
  return (
    <svg className="map" viewBox={`0 0 ${width} ${height}`} aria-label={t("map.title")}>
      <defs>
        <pattern id="map-grid" width="60" height="60" patternUnits="userSpaceOnUse">
          <path d="M60 0H0V60" className="map__grid" />
        </pattern>
      </defs>
      <rect width={width} height={height} fill="url(#map-grid)" />
      <ScaleBar metresPerUnit={metresPerUnit} sheet={sheet} />
      {circles.map(({ place, x, y, radius, lines, title }, i) => (
        <ViewLink
          key={place.id}
          to={`/report/space/${measure}`}
          extra={{ space: place.id }}
          className="map__place"
          title={title}
        >
          <circle cx={x} cy={y} r={radius} />
          {(labels[i]?.isFree || i < drawnAnyhow) && <PlaceLabel label={labels[i]} lines={lines} />}
        </ViewLink>
      ))}
    </svg>
  );
}

function Ranking({ valued, unit, measure }: SiteMapProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const sum = valued.reduce((total, one) => total + (one.value ?? 0), 0);
  const written = useWritten(valued, unit);
  const items = valued
    .toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))
    .map(
      ({ place, value }): BarItem => ({
        key: place.id,
        name: (
          <ViewLink to={`/report/space/${measure}`} extra={{ space: place.id }}>
            {place.name}
          </ViewLink>
        ),
        value,
        text: written(value),
        note: sum > 0 && value !== null ? formatPercent(value / sum, locale) : undefined,
        color: tokenColor("accent"),
      }),
    );
  return <BarList items={items} label={t("map.title")} />;
}

/** The parts of the space where they stand, as large as what they use. */
export default function MapPage() {
  const { t } = useTranslation();
  const { space, spaceId } = useView();
  const [measureText, setMeasure] = useParam("measure", "energycategory");
  const measure = MEASURES.find((one) => one === measureText) ?? "energycategory";
  const { query } = useReport(measure, "space", spaceId);
  const places = placesOf(space);
  return (
    <div className="page">
      <PageHead
        title={t("map.title")}
        question={t("map.question")}
        tools={
          <Segmented
            label={t("map.measure")}
            value={measure}
            options={MEASURES.map((value) => ({ value, label: t(`report.${value}.name`) }))}
            onChange={setMeasure}
          />
        }
      />
      <QueryView
        query={query}
        skeleton={
          <Card>
            <Skeleton height={560} />
          </Card>
        }
        isEmpty={() => places.length === 0}
        empty={
          <Card>
            <EmptyState title={t("map.none")} text={t("map.noneText")} />
          </Card>
        }
      >
        {(model) => {
          const groups = measure === "energycategory" ? model.children.slice(0, 1) : model.children;
          const group = groups[0];
          const valued = places.map((place) => ({ place, value: sumOf(groups, place.id) }));
          const unit = group?.unit ?? "";
          return (
            <div className="grid">
              <Card
                span={8}
                title={groups.length > 1 ? t(`report.${measure}.name`) : group?.seriesName}
                busy={query.isPlaceholderData}
                className="map-card"
              >
                <SiteMap valued={valued} unit={unit} measure={measure} />
              </Card>
              <Card span={4} title={t("report.children")}>
                <Ranking valued={valued} unit={unit} measure={measure} />
              </Card>
            </div>
          );
        }}
      </QueryView>
    </div>
  );
}
