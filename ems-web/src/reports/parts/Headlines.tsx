import {
  Card,
  Delta,
  formatBucket,
  formatWithUnit,
  Kpi,
  type Scale,
  Sparkline,
  scaleFor,
  tokenColor,
  useLocale,
  useTheme,
} from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useView } from "../../state/view";
import { colorOf } from "../colors";
import type { ReportDeclaration } from "../declarations";
import {
  closedValues,
  type Figure,
  largestFirst,
  type ReportModel,
  type ReportSeries,
  sumBuckets,
} from "../model";
import { squareUnit } from "../readers";

const MOST_SERIES = 4;

/** Smaller figures would read as zero. */
const LEAST_SHOWN = 0.005;

/** On which side of its target a figure is, in words: a sign alone tells nobody. */
function Side({ value, report }: { value: number | null; report: ReportDeclaration }) {
  const { t } = useTranslation();
  if (!report.target || !value) return null;
  return <span>{t(`report.${report.target}.${value > 0 ? "within" : "beyond"}`)}</span>;
}

function FigureCard({
  figure,
  model,
  report,
}: {
  figure: Figure;
  model: ReportModel;
  report: ReportDeclaration;
}) {
  const { t } = useTranslation();
  const { compare, step, now } = useView();
  const isSum = figure.key === "total";
  return (
    <Card span={3} className="kpi-card">
      <Kpi
        name={t(`figure.${figure.key}`)}
        value={figure.value}
        unit={figure.unit || (model.series[0]?.unit ?? "")}
        foot={
          <>
            <Side value={figure.value} report={report} />
            <Delta ratio={figure.changeRatio} wish={report.wish} hint={t(`compare.${compare}`)} />
          </>
        }
      >
        {isSum && (
          <Sparkline
            values={sumBuckets(model.series.map((s) => closedValues(s, step, now)))}
            color={tokenColor("accent")}
          />
        )}
      </Kpi>
    </Card>
  );
}

function SeriesCard({ series, report }: { series: ReportSeries; report: ReportDeclaration }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const { compare, step, now } = useView();
  const color = colorOf(series, isDark);
  return (
    <Card span={3} className="kpi-card">
      <Kpi
        name={
          <>
            <span className="dot" style={{ ["--dot" as string]: color }} />
            {series.name}
          </>
        }
        value={series.total}
        unit={series.unit}
        foot={
          <>
            <Side value={series.total} report={report} />
            <Delta ratio={series.changeRatio} wish={report.wish} hint={t(`compare.${compare}`)} />
            {series.baseTotal !== null && series.baseTotal > 0 && (
              <span>
                {t("report.before", {
                  value: formatWithUnit(series.baseTotal, series.unit, locale, series.total),
                })}
              </span>
            )}
            {series.perArea !== null && Math.abs(series.perArea) >= LEAST_SHOWN && (
              <span>
                {t("report.perArea", { value: formatWithUnit(series.perArea, series.unit, locale) })}
              </span>
            )}
          </>
        }
      >
        <Sparkline values={closedValues(series, step, now)} color={color} />
      </Kpi>
    </Card>
  );
}

/** The unit that fits the largest of a series' figures, so that all of them can be compared. */
function commonScale(series: ReportSeries): Scale {
  const sizes = series.figures
    .filter((figure) => figure.key !== "factors" && figure.key !== "variances")
    .map((figure) => Math.abs(figure.value ?? 0));
  return scaleFor(Math.max(0, ...sizes), series.unit);
}

const MANY = 1e6;

/** A figure as it is shown: factors as percent, variances in the square of a unit that leaves few digits. */
function shownFigure(
  { key, value }: Figure,
  scale: Scale,
  unit: string,
): { value: number | null; unit: string } {
  if (key === "factors") return { value: value === null ? null : value * 100, unit: "%" };
  if (key !== "variances") return { value: value === null ? null : value / scale.divisor, unit: scale.unit };
  const squared = value === null ? null : value / scale.divisor ** 2;
  // A square soon has more digits than a figure has room for.
  const next = scaleFor(MANY * scale.divisor, unit);
  const isLong = squared !== null && squared >= MANY && next.divisor > scale.divisor;
  const shown = isLong && value !== null ? value / next.divisor ** 2 : squared;
  return { value: shown, unit: squareUnit(isLong ? next.unit : scale.unit) };
}

function FiguresCard({ series, report }: { series: ReportSeries; report: ReportDeclaration }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const color = colorOf(series, isDark);
  const scale = commonScale(series);
  return (
    <Card
      span={12}
      title={
        <>
          <span className="dot" style={{ ["--dot" as string]: color }} /> {series.name}
        </>
      }
    >
      <div className="figures">
        {series.figures.map((figure) => {
          const shown = shownFigure(figure, scale, series.unit);
          return (
            <Kpi
              key={figure.key}
              name={t(`figure.${figure.key}`)}
              value={shown.value}
              unit={shown.unit}
              foot={
                <>
                  <Delta ratio={figure.changeRatio} wish={figure.key === "factors" ? "more" : report.wish} />
                  {figure.at && <span>{formatBucket(figure.at, "hourly", locale)}</span>}
                </>
              }
            />
          );
        })}
      </div>
    </Card>
  );
}

/** The answer at a glance: how much, and is that good. */
export function Headlines({ model, report }: { model: ReportModel; report: ReportDeclaration }) {
  const hasFigures = model.series.some((series) => series.figures.length > 0);
  if (hasFigures) {
    return (
      <div className="grid">
        {model.series.slice(0, MOST_SERIES).map((series) => (
          <FiguresCard key={series.id} series={series} report={report} />
        ))}
      </div>
    );
  }
  const totals = model.totals.filter((figure) => figure.key === "total");
  const side = model.totals.filter((figure) => figure.key !== "total" && figure.key !== "coal");
  const room = MOST_SERIES - totals.length - side.length;
  const isSingle = model.series.length === 1 && totals.length > 0;
  return (
    <div className="grid">
      {totals.map((figure) => (
        <FigureCard key={figure.key} figure={figure} model={model} report={report} />
      ))}
      {!isSingle &&
        largestFirst(model)
          .slice(0, Math.max(1, room))
          .map((series) => <SeriesCard key={series.id} series={series} report={report} />)}
      {side.map((figure) => (
        <FigureCard key={figure.key} figure={figure} model={model} report={report} />
      ))}
    </div>
  );
}
