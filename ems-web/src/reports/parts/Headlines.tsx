import {
  Card,
  categoryColor,
  Delta,
  formatBucket,
  formatWithUnit,
  Kpi,
  Sparkline,
  scaleFor,
  tokenColor,
  useLocale,
  useTheme,
} from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useView } from "../../state/view";
import type { ReportDeclaration } from "../declarations";
import { closedValues, type Figure, type ReportModel, type ReportSeries, sumBuckets } from "../model";

const MOST_SERIES = 4;

/** Smaller figures would read as zero. */
const LEAST_SHOWN = 0.005;

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
        foot={<Delta ratio={figure.changeRatio} wish={report.wish} hint={t(`compare.${compare}`)} />}
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
  const color = categoryColor(series.name, series.id, isDark);
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
            <Delta ratio={series.changeRatio} wish={report.wish} hint={t(`compare.${compare}`)} />
            {series.baseTotal !== null && series.baseTotal > 0 && (
              <span>
                {t("report.before", { value: formatWithUnit(series.baseTotal, series.unit, locale) })}
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

/** A figure as it is shown: factors as percent, variances in the square of the unit that fits their root. */
function shownFigure(figure: Figure): { value: number | null; unit: string } {
  const { key, value, unit } = figure;
  if (value === null) return { value, unit };
  if (key === "factors") return { value: value * 100, unit: "%" };
  if (key !== "variances") return { value, unit };
  const scale = scaleFor(Math.sqrt(Math.abs(value)), unit.replace("²", ""));
  return { value: value / scale.divisor ** 2, unit: `${scale.unit}²` };
}

function FiguresCard({ series, report }: { series: ReportSeries; report: ReportDeclaration }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const color = categoryColor(series.name, series.id, isDark);
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
          const shown = shownFigure(figure);
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
        {model.series.slice(0, 2).map((series) => (
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
        model.series
          .slice(0, Math.max(1, room))
          .map((series) => <SeriesCard key={series.id} series={series} report={report} />)}
      {side.map((figure) => (
        <FigureCard key={figure.key} figure={figure} model={model} report={report} />
      ))}
    </div>
  );
}
