import {
  Card,
  type ColorToken,
  type Column,
  columnFormat,
  DataTable,
  displayUnit,
  EmptyState,
  formatBucket,
  formatExact,
  formatNumber,
  formatWithUnit,
  Kpi,
  orderedColor,
  QueryView,
  Skeleton,
  tokenColor,
  useLocale,
  useTheme,
} from "@ems/ui";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { withoutCommonStart } from "../live/names";
import { useStateText } from "../live/states";
import { readCurves } from "../reports/curves";
import { type Json, number, object, text } from "../reports/json";
import { CurvesCard } from "../reports/parts/CurvesCard";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { type EntityItem, ItemPicker } from "../reports/parts/ItemPicker";
import { runningBucket } from "../reports/query";
import { tableCsv } from "../reports/tableCsv";
import { useSite } from "../state/site";
import { useApi } from "../state/useApi";
import { useParam } from "../state/useParam";
import { usePeriodQuery } from "../state/usePeriodQuery";
import { useView } from "../state/view";
import { findStation, type StationDeclaration, type StationFigure } from "../stations/declarations";
import { type FlowSeries, type Indicator, readDevices, readFlows, readIndicators } from "../stations/model";
import { ChartCard, type Look, useTableKey } from "./ChartCard";
import { LazyChart } from "./LazyChart";
import NotFoundPage from "./NotFoundPage";
import { PageHead } from "./PageHead";

const REFRESH_MS = 15_000;

const FLOW_COLORS: Record<string, ColorToken> = {
  Charge: "battery",
  Discharge: "good",
  Generation: "pv",
  Photovoltaic: "pv",
  "EV Charger": "charger",
  "Grid Buy": "grid",
  "Grid Sell": "carbon",
};

/** "Charging" or "Discharging" beside the battery's power. */
function batteryState(value: number | null): string | null {
  if (value === null) return null;
  if (Math.abs(value) < 0.5) return "idle";
  return value < 0 ? "charging" : "discharging";
}

function FigureCard({ figure, station }: { figure: StationFigure; station: Json }) {
  const { t } = useTranslation();
  const value = number(station, figure.member);
  const state = figure.isBattery ? batteryState(value) : null;
  return (
    <Card className="kpi-card">
      <Kpi
        name={
          <>
            <span className="dot" style={{ ["--dot" as string]: tokenColor(figure.color) }} />
            {t(`station.${figure.key}`)}
          </>
        }
        value={figure.isBattery && value !== null ? Math.abs(value) : value}
        unit={figure.unit}
        foot={
          <>
            {state && <span>{t(`flow.state.${state}`)}</span>}
            {figure.unit === "%" && value !== null && (
              <meter
                className="soc"
                min={0}
                max={100}
                low={15}
                value={value}
                aria-label={t(`station.${figure.key}`)}
              />
            )}
          </>
        }
      />
    </Card>
  );
}

const GROUP_UNITS = { energy: "kWh", carbon: "kgCO2e" } as const;

function IndicatorCard({ indicator }: { indicator: Indicator }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { currency } = useSite();
  const unit = indicator.group === "revenue" ? currency : GROUP_UNITS[indicator.group];
  return (
    <Card className="kpi-card">
      <Kpi
        name={t(`station.${indicator.flow}.${indicator.group}`)}
        value={indicator.today}
        unit={unit}
        foot={<span>{t("station.allTime", { value: formatWithUnit(indicator.total, unit, locale) })}</span>}
      />
    </Card>
  );
}

function Energy({ station, id }: { station: StationDeclaration; id: number }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const { step, now } = useView();
  const [look, setLook] = useState<Look>("chart");
  useTableKey(() => setLook(look === "chart" ? "table" : "chart"));
  const query = { ...usePeriodQuery(), periodtype: step, id };
  const path = `/v1/reports/${station.route}reportingenergy`;
  const answer = useApi<Json>(path, query);
  const flows = useMemo(
    () => (answer.data ? readFlows(answer.data, station.flows) : []),
    [answer.data, station.flows],
  );
  const [hidden, setHidden] = useState<ReadonlySet<string> | null>(null);
  const isOn = (flow: FlowSeries) =>
    hidden ? !hidden.has(flow.name) : (station.mainFlows?.includes(flow.kind) ?? true);
  const toggle = (flow: FlowSeries) => {
    const next = new Set(flows.filter((one) => !isOn(one)).map((one) => one.name));
    if (!next.delete(flow.name)) next.add(flow.name);
    setHidden(next);
  };
  const stamps = flows[0]?.stamps ?? [];
  const colorOf = (flow: FlowSeries, i: number) => {
    const token = FLOW_COLORS[flow.kind];
    return token ? tokenColor(token) : orderedColor(i, isDark);
  };
  const partial = runningBucket(stamps, step, now);
  const nameOf = (flow: FlowSeries) =>
    [
      ...flow.name.split(" - ").slice(0, -1),
      t(`station.flow.${flow.kind}`, { defaultValue: flow.kind }),
    ].join(" · ");
  const columns: Column<number>[] = [
    {
      key: "time",
      title: t("chart.time"),
      cell: (i) => formatBucket(stamps[i] ?? "", step, locale),
      foot: t("figure.total"),
    },
    ...flows.map((flow): Column<number> => {
      const number = columnFormat([...flow.values, flow.total], locale);
      return {
        key: flow.name,
        title: `${nameOf(flow)} [${displayUnit(flow.unit)}]`,
        right: true,
        cell: (i) => number(flow.values[i]),
        foot: number(flow.total),
      };
    }),
  ];
  const rows = stamps.map((_, i) => i);
  const csv = () =>
    tableCsv<number>(
      [
        { title: t("chart.time"), value: (i) => stamps[i] },
        ...flows.map((flow) => ({
          title: `${nameOf(flow)} [${flow.unit}]`,
          value: (i: number) => flow.values[i],
        })),
      ],
      rows,
    );
  return (
    <QueryView
      query={answer}
      skeleton={
        <Card>
          <Skeleton height={380} />
        </Card>
      }
      isEmpty={() => flows.length === 0}
      empty={
        <Card title={t("station.energy")}>
          <EmptyState title={t("station.noFlows")} text={t("station.noFlowsText")} />
        </Card>
      }
    >
      {() => (
        <ChartCard
          title={t("station.energy")}
          busy={answer.isPlaceholderData}
          look={look}
          onLook={setLook}
          tools={<ExportMenu file={{ path, query, name: `${station.kind}-${id}` }} csv={csv} />}
          chart={
            <>
              <div className="legend">
                {flows.map((flow, i) => (
                  <button
                    key={flow.name}
                    type="button"
                    className="legend__item"
                    aria-pressed={isOn(flow)}
                    onClick={() => toggle(flow)}
                  >
                    <span className="dot" style={{ ["--dot" as string]: colorOf(flow, i) }} />
                    {nameOf(flow)}{" "}
                    <span className="muted">{formatWithUnit(flow.total, flow.unit, locale)}</span>
                  </button>
                ))}
              </div>
              <LazyChart
                label={t("station.energy")}
                stamps={stamps}
                step={step}
                height={320}
                partialIndex={partial < 0 ? undefined : partial}
                series={flows
                  .map((flow, i) => ({ flow, color: colorOf(flow, i) }))
                  .filter(({ flow }) => isOn(flow))
                  .map(({ flow, color }) => ({
                    name: nameOf(flow),
                    unit: flow.unit,
                    color,
                    values: flow.values,
                    estimated: flow.estimated,
                    kind: "bar" as const,
                  }))}
              />
            </>
          }
          table={<DataTable caption={t("station.energy")} columns={columns} rows={rows} rowKey={(i) => i} />}
        />
      )}
    </QueryView>
  );
}

function Devices({ station, id, device }: { station: StationDeclaration; id: number; device: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const answer = useApi<unknown>(
    `/v1/reports/${station.route}details/${id}/${device}`,
    {},
    { everyMs: REFRESH_MS },
  );
  const stateText = useStateText();
  const devices = readDevices(answer.data).map((one) => {
    const names = withoutCommonStart(one.points.map((point) => point.name));
    const points = one.points.map((point, i) => ({
      ...point,
      short: names[i],
      state: stateText(point.definitions, point.value),
    }));
    // A state of which nobody said what its numbers mean tells nothing.
    const isTold = (point: (typeof points)[number]) =>
      point.definitions === null || point.value === null || point.state !== null;
    return { ...one, points: points.filter(isTold) };
  });
  return devices.map((one) => (
    <Card key={`${device}-${one.id}`} title={one.name} sub={t(`station.device.${device}`)} span={4}>
      <dl className="values">
        {one.points.map((point) => (
          <div key={point.name}>
            <dt>{point.short}</dt>
            {point.state === null ? (
              <dd title={formatExact(point.value, locale)}>
                {formatNumber(point.value, locale)} <span className="muted">{displayUnit(point.unit)}</span>
              </dd>
            ) : (
              <dd>{point.state}</dd>
            )}
          </div>
        ))}
      </dl>
    </Card>
  ));
}

function Details({ station, id }: { station: StationDeclaration; id: number }) {
  const { t } = useTranslation();
  const answer = useApi<Json>(`/v1/reports/${station.route}details`, { id }, { everyMs: REFRESH_MS });
  return (
    <QueryView query={answer} skeleton={<Skeleton height={320} />}>
      {(data) => {
        const about = object(data, station.member);
        const indicators = station.flows ? [] : readIndicators(data);
        const all = readCurves(object(data, "parameters"));
        const curves = station.flows ? all.filter((curve) => station.mainCurves.test(curve.name)) : all;
        return (
          <>
            <div className="kpi-grid kpi-grid--many">
              {station.figures.map((figure) => (
                <FigureCard key={figure.key} figure={figure} station={about} />
              ))}
              {indicators.map((indicator) => (
                <IndicatorCard key={`${indicator.group}-${indicator.flow}`} indicator={indicator} />
              ))}
            </div>
            {curves.length > 0 && (
              <CurvesCard
                title={t("station.curves")}
                curves={curves}
                fileName={`${station.kind}-${id}-today`}
                isMinor={(curve) => !station.mainCurves.test(curve.name)}
              />
            )}
          </>
        );
      }}
    </QueryView>
  );
}

function StationView({ station }: { station: StationDeclaration }) {
  const { t } = useTranslation();
  const [idText, setId] = useParam("id");
  const list = useApi<(EntityItem & Json)[]>(`/v1/reports/${station.route}list`, {}, { staleMs: 60_000 });
  const items = list.data ?? [];
  const one = items.find((item) => item.id === Number(idText)) ?? items[0];
  return (
    <div className="page">
      <PageHead
        title={t(`station.kind.${station.kind}`)}
        question={one ? [one.name, text(one, "address")].filter(Boolean).join(" · ") : undefined}
        tools={
          items.length > 1 && (
            <ItemPicker
              label={t("station.choose")}
              items={items}
              id={one?.id ?? null}
              onChoose={(id) => setId(String(id), true)}
            />
          )
        }
      />
      <QueryView
        query={list}
        skeleton={<Skeleton height={420} />}
        isEmpty={() => items.length === 0}
        empty={
          <Card>
            <EmptyState title={t("station.none")} text={t("station.noneText")} />
          </Card>
        }
      >
        {() =>
          one && (
            <>
              <Details station={station} id={one.id} />
              <Energy station={station} id={one.id} />
              <div className="grid">
                {station.devices.map((device) => (
                  <Devices key={device} station={station} id={one.id} device={device} />
                ))}
              </div>
            </>
          )
        }
      </QueryView>
    </div>
  );
}

/** A storage, a photovoltaic plant, a microgrid or its chargers. */
export default function StationPage() {
  const station = findStation(useParams().kind);
  return station ? <StationView key={station.kind} station={station} /> : <NotFoundPage />;
}
