import {
  Card,
  type Column,
  categoryColor,
  columnFormat,
  DataTable,
  EmptyState,
  formatAge,
  formatExact,
  formatNumber,
  QueryView,
  SearchBox,
  SkeletonLines,
  Sparkline,
  useLocale,
  useNow,
  useTheme,
} from "@ems/ui";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type LiveMeter, type MeterPoint, useLiveMeters } from "../live/meters";
import { SILENT_AFTER_MS } from "../live/silent";
import { usePoint } from "../live/store";
import { useFollowLive } from "../live/useLiveFlow";
import { useParam } from "../state/useParam";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { PageHead } from "./PageHead";

const AGE_STEP_MS = 5_000;
const HUNDREDS = 100.5;

/** A point's newest value: from the stream when it has one, else as loaded. */
function useNewest(point: MeterPoint | undefined): { value: number | null; utc: string | null } {
  const live = usePoint(point?.id ?? 0);
  if (!point) return { value: null, utc: null };
  return live ? { value: live.value, utc: live.utc } : { value: point.value, utc: point.utc };
}

function PointCell({ point }: { point: MeterPoint | undefined }) {
  const locale = useLocale();
  const { value } = useNewest(point);
  // Registers stand below each other: two decimals for all, as for any column of hundreds and more.
  const register = columnFormat([HUNDREDS], locale);
  if (!point) return <span className="muted">–</span>;
  return (
    <span className="num" title={`${point.name}: ${formatExact(value, locale)} ${point.units}`}>
      {point.object_type === "ENERGY_VALUE" ? register(value) : formatNumber(value, locale)}{" "}
      <span className="muted">{point.units}</span>
    </span>
  );
}

function AgeCell({ point, now }: { point: MeterPoint | undefined; now: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { utc } = useNewest(point);
  if (!utc) return <span className="badge">{t("meters.never")}</span>;
  const age = now - Date.parse(utc);
  return (
    <span className={`badge ${age > SILENT_AFTER_MS ? "badge--warning" : ""}`}>
      {age > SILENT_AFTER_MS && `${t("meters.stale")} · `}
      {formatAge(age, locale)}
    </span>
  );
}

function matches(meter: LiveMeter, text: string): boolean {
  const words = `${meter.name} ${meter.energy_category?.name ?? ""} ${meter.space?.name ?? ""}`.toLowerCase();
  return words.includes(text.trim().toLowerCase());
}

/** All meters below the space with their live values. */
export default function MetersPage() {
  const { t } = useTranslation();
  const isDark = useTheme() === "dark";
  const { spaceId, space } = useView();
  const [text, setText] = useParam("q");
  const now = useNow(AGE_STEP_MS);
  useFollowLive();
  const query = useLiveMeters(spaceId);
  const found = useMemo(() => (query.data ?? []).filter((meter) => matches(meter, text)), [query.data, text]);

  const columns: Column<LiveMeter>[] = [
    {
      key: "name",
      title: t("meters.name"),
      sort: (meter) => meter.name,
      cell: (meter) => (
        <span className="meter-name">
          <span
            className="dot"
            style={{
              ["--dot" as string]: categoryColor(
                meter.energy_category?.name ?? "",
                meter.energy_category?.id ?? 0,
                isDark,
              ),
            }}
          />
          <ViewLink to={`/meters/${meter.id}`}>{meter.name}</ViewLink>
        </span>
      ),
    },
    {
      key: "category",
      wideOnly: true,
      title: t("meters.category"),
      sort: (meter) => meter.energy_category?.name,
      cell: (meter) => meter.energy_category?.name ?? "–",
    },
    {
      key: "space",
      wideOnly: true,
      title: t("meters.space"),
      sort: (meter) => meter.space?.name,
      cell: (meter) => meter.space?.name ?? "–",
    },
    {
      key: "power",
      title: t("meters.power"),
      right: true,
      sort: (meter) => meter.power?.value,
      cell: (meter) => <PointCell point={meter.power} />,
    },
    {
      key: "energy",
      wideOnly: true,
      title: t("meters.register"),
      right: true,
      cell: (meter) => <PointCell point={meter.energy} />,
    },
    {
      key: "age",
      title: t("meters.age"),
      cell: (meter) => <AgeCell point={meter.energy ?? meter.power} now={now} />,
    },
    {
      key: "trend",
      wideOnly: true,
      title: t("meters.trend"),
      cell: (meter) => (
        <span className="meter-trend">
          <Sparkline
            values={meter.trend}
            height={22}
            color={categoryColor(meter.energy_category?.name ?? "", meter.energy_category?.id ?? 0, isDark)}
          />
        </span>
      ),
    },
  ];

  return (
    <div className="page">
      <PageHead
        title={t("meters.title")}
        question={
          <>
            {space?.name}
            {query.data && ` · ${t("meters.count", { count: found.length })}`}
          </>
        }
        tools={<SearchBox label={t("meters.search")} value={text} onChange={setText} />}
      />
      <Card flush>
        <QueryView
          query={query}
          skeleton={
            <div className="pad">
              <SkeletonLines count={10} />
            </div>
          }
          isEmpty={(meters) => meters.length === 0}
          empty={<EmptyState title={t("meters.none")} text={t("meters.noneText")} />}
        >
          {() =>
            found.length === 0 ? (
              <EmptyState title={t("meters.noMatch")} text={t("meters.noMatchText")} />
            ) : (
              <DataTable
                caption={t("meters.title")}
                columns={columns}
                rows={found}
                rowKey={(m) => m.id}
                maxHeight={760}
              />
            )
          }
        </QueryView>
      </Card>
    </div>
  );
}
