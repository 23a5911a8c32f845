import {
  Card,
  type Column,
  columnFormat,
  DataTable,
  displayUnit,
  EmptyState,
  ErrorState,
  formatBucket,
  formatPercent,
  Kpi,
  type QueryValue,
  QueryView,
  Skeleton,
  scaleFor,
  useLocale,
} from "@ems/ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Json, number, numbers, object, text, texts } from "../reports/json";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { type EntityItem, ItemPicker } from "../reports/parts/ItemPicker";
import { runningBucket } from "../reports/query";
import { tableCsv } from "../reports/tableCsv";
import { useApi } from "../state/useApi";
import { useParam } from "../state/useParam";
import { usePeriodQuery } from "../state/usePeriodQuery";
import { useView } from "../state/view";
import { ChartCard, type Look, useTableKey } from "./ChartCard";
import { LazyChart } from "./LazyChart";
import { PageHead } from "./PageHead";

function scaled(value: number | null, divisor: number): number | null {
  return value === null ? null : value / divisor;
}

interface MeterItem extends EntityItem {
  master_meter: EntityItem | null;
}

/** Meters that have others below them. */
function useMasters() {
  const query = useApi<MeterItem[]>(
    "/v1/meters",
    { fields: "id,name,master_meter", limit: 1000 },
    { staleMs: 300_000 },
  );
  const byId = new Map<number, EntityItem>();
  for (const meter of query.data ?? []) {
    if (meter.master_meter) byId.set(meter.master_meter.id, meter.master_meter);
  }
  return { query, masters: [...byId.values()].toSorted((a, b) => a.name.localeCompare(b.name)) };
}

interface Row {
  stamp: string;
  value: number | null;
}

function Balance({
  answer,
  query,
  isBusy,
}: {
  answer: Json;
  query: Record<string, QueryValue>;
  isBusy: boolean;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { step, now } = useView();
  const [look, setLook] = useState<Look>("chart");
  useTableKey(() => setLook(look === "chart" ? "table" : "chart"));
  const meter = object(answer, "meter");
  const period = object(answer, "reporting_period");
  const unit = text(meter, "unit_of_measure");
  const stamps = texts(period, "timestamps");
  const values = numbers(period, "difference_values");
  const rows = stamps.map((stamp, i): Row => ({ stamp, value: values[i] ?? null }));
  const share = number(period, "percentage_difference");
  const partial = runningBucket(stamps, step, now);
  // All three in the unit of the largest: they are held against each other.
  const scale = scaleFor(number(period, "master_meter_consumption_in_category") ?? 0, unit);
  const figure = (key: string, member: string, foot?: string) => (
    <Card className="kpi-card">
      <Kpi
        name={t(`balance.${key}`)}
        value={scaled(number(period, member), scale.divisor)}
        unit={scale.unit}
        foot={foot && <span>{foot}</span>}
      />
    </Card>
  );
  const total = number(period, "difference_in_category");
  const written = columnFormat([...values, total], locale);
  const columns: Column<Row>[] = [
    {
      key: "time",
      isWhole: true,
      title: t("chart.time"),
      cell: (row) => formatBucket(row.stamp, step, locale),
      foot: t("figure.total"),
    },
    {
      key: "value",
      title: `${t("balance.difference")} [${displayUnit(unit)}]`,
      right: true,
      cell: (row) => written(row.value),
      foot: written(total),
    },
  ];
  return (
    <div className="report" aria-busy={isBusy || undefined}>
      <div className="kpi-grid">
        {figure("master", "master_meter_consumption_in_category")}
        {figure("submeters", "submeters_consumption_in_category")}
        {figure(
          "difference",
          "difference_in_category",
          t("balance.ofMaster", { share: formatPercent(share, locale) }),
        )}
      </div>
      <ChartCard
        title={t("balance.chart")}
        look={look}
        onLook={setLook}
        tools={
          <ExportMenu
            file={{ path: "/v1/reports/metersubmetersbalance", query, name: "submeter-balance" }}
            csv={() =>
              tableCsv<Row>(
                [
                  { title: t("chart.time"), value: (row) => row.stamp },
                  { title: `${t("balance.difference")} [${unit}]`, value: (row) => row.value },
                ],
                rows,
              )
            }
          />
        }
        chart={
          <LazyChart
            label={t("balance.chart")}
            stamps={stamps}
            step={step}
            height={320}
            partialIndex={partial < 0 ? undefined : partial}
            series={[{ name: t("balance.difference"), unit, color: "var(--stale)", values, kind: "bar" }]}
          />
        }
        table={
          <DataTable caption={t("balance.chart")} columns={columns} rows={rows} rowKey={(row) => row.stamp} />
        }
      />
    </div>
  );
}

/** What a main meter counts and its submeters do not: losses, and what has no meter. */
export default function BalancePage() {
  const { t } = useTranslation();
  const { step } = useView();
  const [idText, setId] = useParam("id");
  const { query: list, masters } = useMasters();
  const id = Number(idText) || (masters[0]?.id ?? null);
  const query = { ...usePeriodQuery(), periodtype: step, meterid: id };
  const answer = useApi<Json>("/v1/reports/metersubmetersbalance", query, { isEnabled: id !== null });
  return (
    <div className="page">
      <PageHead
        title={t("balance.title")}
        question={t("balance.question")}
        tools={
          <ItemPicker
            label={t("balance.choose")}
            items={masters}
            id={id}
            onChoose={(next) => setId(String(next), true)}
          />
        }
      />
      {list.isError && !list.data && (
        <Card>
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        </Card>
      )}
      {list.isSuccess && id === null && (
        <Card>
          <EmptyState title={t("balance.none")} text={t("balance.noneText")} />
        </Card>
      )}
      {id !== null && (
        <QueryView query={answer} skeleton={<Skeleton height={420} />}>
          {(data) => <Balance answer={data} query={query} isBusy={answer.isPlaceholderData} />}
        </QueryView>
      )}
    </div>
  );
}
