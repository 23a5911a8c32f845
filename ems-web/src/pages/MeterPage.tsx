import {
  Card,
  type Column,
  DataTable,
  displayUnit,
  EmptyState,
  formatAge,
  formatBucket,
  formatExact,
  formatExactWithUnit,
  formatNumber,
  formatPercent,
  QueryView,
  Skeleton,
  SkeletonLines,
  useLocale,
  useNow,
} from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { withoutCommonStart } from "../live/names";
import { SILENT_AFTER_MS } from "../live/silent";
import { useStateText } from "../live/states";
import { usePoint } from "../live/store";
import { useFollowLive } from "../live/useLiveFlow";
import { readCurves } from "../reports/curves";
import { type Json, number, numbers, object, text } from "../reports/json";
import { CurvesCard } from "../reports/parts/CurvesCard";
import { useApi } from "../state/useApi";
import { usePeriodQuery } from "../state/usePeriodQuery";
import { ViewLink } from "../state/ViewLink";
import NotFoundPage from "./NotFoundPage";
import { PageHead } from "./PageHead";

interface Telemetry {
  channel: string;
  pointId: number;
  value: number | null;
  unit: string;
  timestamp: string;
  /** What the numbers of a state mean; null for a measured value. */
  definitions: string | null;
}

interface Meter {
  id: number;
  name: string;
  energy_category: { id: number; name: string } | null;
  energy_item: { id: number; name: string } | null;
  cost_center: { id: number; name: string } | null;
  master_meter: { id: number; name: string } | null;
  description: string | null;
}

const AGE_STEP_MS = 5_000;
/** Registers of this size differ in their last digits. */
const LARGE = 1e6;

function PointTile({ point, name, now }: { point: Telemetry; name: string; now: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const live = usePoint(point.pointId);
  const value = live ? live.value : point.value;
  const ageMs = now - Date.parse(live?.utc ?? point.timestamp);
  const isStale = ageMs > SILENT_AFTER_MS;
  const state = useStateText()(point.definitions, value);
  return (
    <li className={`tile ${isStale ? "tile--stale" : ""}`}>
      <span className="tile__name" title={point.channel}>
        {name}
      </span>
      {state === null ? (
        <span className="tile__value" title={formatExact(value, locale)}>
          {Math.abs(value ?? 0) >= LARGE ? formatExact(value, locale) : formatNumber(value, locale)}{" "}
          <small>{displayUnit(point.unit)}</small>
        </span>
      ) : (
        <span className="tile__value">{state}</span>
      )}
      <span className={isStale ? "tile__age badge badge--warning" : "tile__age muted"}>
        {isStale && `${t("meters.stale")} · `}
        {formatAge(ageMs, locale)}
      </span>
    </li>
  );
}

const REFRESH_MS = 60_000;

function LiveValues({ id }: { id: string }) {
  const { t } = useTranslation();
  const now = useNow(AGE_STEP_MS);
  useFollowLive();
  const query = useApi<Telemetry[]>(`/v1/meters/${id}/realtime`, {}, { everyMs: REFRESH_MS });
  return (
    <Card title={t("meter.now")}>
      <QueryView
        query={query}
        skeleton={<SkeletonLines count={4} />}
        isEmpty={(points) => points.length === 0}
        empty={<EmptyState title={t("meter.noPoints")} text={t("meter.noPointsText")} />}
      >
        {(points) => {
          const names = withoutCommonStart(points.map((point) => point.channel));
          return (
            <ul className="tiles">
              {points.map((point, i) => (
                <PointTile key={point.pointId} point={point} name={names[i] ?? ""} now={now} />
              ))}
            </ul>
          );
        }}
      </QueryView>
    </Card>
  );
}

interface Finding {
  name: string;
  kind: string;
  compliance: number | null;
  mean: number | null;
  highest: number | null;
  unit: string;
  worstAt: string;
}

function readFindings(answer: Json): Finding[] {
  return ((answer.analysis ?? []) as readonly Json[])
    .map((row) => ({
      name: text(row, "point_name"),
      kind: text(row, "category"),
      compliance: number(row, "compliance_pct"),
      mean: numbers({ v: ((row.metrics ?? []) as readonly Json[]).map((m) => m.value) }, "v")[0] ?? null,
      highest: numbers({ v: ((row.metrics ?? []) as readonly Json[]).map((m) => m.value) }, "v")[1] ?? null,
      unit: text(row, "unit"),
      worstAt: text(row, "worst_time"),
    }))
    .filter((finding) => finding.compliance !== null);
}

/** How the supply keeps to its limits; only for meters that measure voltage or frequency. */
function PowerQuality({ id }: { id: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const query = { ...usePeriodQuery(), meterid: id };
  const answer = useApi<Json>("/v1/reports/powerquality", query);
  const rows = answer.data ? readFindings(answer.data) : [];
  if (rows.length === 0) return null;
  // Frequencies differ by hertz, all else by per cent of what is right.
  const deviation = (row: Finding, value: number | null) =>
    formatExactWithUnit(
      value === null ? null : Math.round(value * 1000) / 1000,
      row.kind === "frequency" ? row.unit : "%",
      locale,
    );
  const columns: Column<Finding>[] = [
    { key: "name", title: t("meter.point"), cell: (row) => row.name },
    {
      key: "kind",
      title: t("meter.kind"),
      wideOnly: true,
      cell: (row) => t(`quality.${row.kind}`, { defaultValue: row.kind }),
    },
    {
      key: "compliance",
      title: t("meter.compliance"),
      right: true,
      cell: (row) => (
        <span className={`badge ${(row.compliance ?? 0) >= 95 ? "badge--good" : "badge--warning"}`}>
          {formatPercent((row.compliance ?? 0) / 100, locale)}
        </span>
      ),
    },
    {
      key: "mean",
      title: t("meter.meanDeviation"),
      right: true,
      cell: (row) => deviation(row, row.mean),
    },
    {
      key: "highest",
      title: t("meter.largestDeviation"),
      right: true,
      wideOnly: true,
      cell: (row) => deviation(row, row.highest),
    },
    {
      key: "worst",
      title: t("meter.worst"),
      wideOnly: true,
      cell: (row) => (row.worstAt ? formatBucket(row.worstAt, "hourly", locale) : "–"),
    },
  ];
  return (
    <Card title={t("meter.quality")} sub="EN 50160" flush busy={answer.isPlaceholderData}>
      <DataTable caption={t("meter.quality")} columns={columns} rows={rows} rowKey={(row) => row.name} />
    </Card>
  );
}

function Trend({ id }: { id: string }) {
  const { t } = useTranslation();
  const answer = useApi<Json>("/v1/reports/metertrend", {
    ...usePeriodQuery(),
    meterid: id,
    quickmode: true,
  });
  return (
    <QueryView
      query={answer}
      skeleton={
        <Card>
          <Skeleton height={420} />
        </Card>
      }
    >
      {(data) => {
        const read = readCurves(object(data, "reporting_period"));
        const names = withoutCommonStart(read.map((curve) => curve.name));
        const curves = read.map((curve, i) => ({ ...curve, name: names[i] ?? curve.name }));
        return curves.length === 0 ? (
          <Card title={t("meter.trend")}>
            <EmptyState title={t("report.noValues")} text={t("meter.noTrendText")} />
          </Card>
        ) : (
          <CurvesCard
            title={t("meter.trend")}
            curves={curves}
            busy={answer.isPlaceholderData}
            fileName={`meter-${id}-trend`}
          />
        );
      }}
    </QueryView>
  );
}

const LINKED_REPORTS = ["energycategory", "cost", "carbon"] as const;

function Detail({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useApi<Meter>(`/v1/meters/${id}`, {}, { staleMs: 300_000 });
  const meter = query.data;
  const facts = [
    meter?.energy_category?.name,
    meter?.energy_item?.name,
    meter?.cost_center?.name,
    meter?.master_meter && t("meter.below", { name: meter.master_meter.name }),
  ].filter(Boolean);
  return (
    <div className="page">
      <PageHead
        title={meter?.name ?? t("entity.meter.name")}
        question={facts.join(" · ") || undefined}
        tools={LINKED_REPORTS.map((kind) => (
          <ViewLink key={kind} to={`/report/meter/${kind}`} extra={{ id }} className="btn btn--small">
            {t(`report.${kind}.name`)}
          </ViewLink>
        ))}
      />
      <QueryView query={query} skeleton={<Skeleton height={160} />}>
        {() => (
          <>
            <LiveValues id={id} />
            <Trend id={id} />
            <PowerQuality id={id} />
          </>
        )}
      </QueryView>
    </div>
  );
}

/** One meter: what it shows now, how its readings went, how good the supply is. */
export default function MeterPage() {
  const { id = "" } = useParams();
  return /^\d+$/.test(id) ? <Detail id={id} /> : <NotFoundPage />;
}
