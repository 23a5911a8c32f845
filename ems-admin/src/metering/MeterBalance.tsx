import {
  api,
  Card,
  type Column,
  DataTable,
  EmptyState,
  formatPercent,
  Kpi,
  listFormat,
  QueryView,
  Skeleton,
  scaleFor,
  useLocale,
} from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { PeriodChoice, type PeriodDays, useSpan } from "../cleaning/parts";

const BalanceChart = lazy(() => import("./BalanceChart"));

interface Compared {
  master: number | null;
  submeters: number | null;
  loss: number | null;
  loss_ratio: number | null;
  compared_slots: number;
  slots: number;
}

export interface Balance {
  meter: { id: number; name: string; unit: string };
  submeters: readonly { id: number; name: string; value: number | null }[];
  total: Compared;
  values: readonly (Compared & { start: string; end: string })[];
}

type Submeter = Balance["submeters"][number];

function Figures({ balance }: { balance: Balance }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { total, meter } = balance;
  // What is compared is told in one unit: the loss in that of the meter, submeters in that of the largest.
  const scale = scaleFor(total.master ?? Number.NaN, meter.unit);
  const scaled = (value: number | null) => (value === null ? null : value / scale.divisor);
  const written = listFormat(
    balance.submeters.map((row) => row.value),
    meter.unit,
    locale,
  );
  const columns: Column<Submeter>[] = [
    {
      key: "name",
      title: t("balance.submeter"),
      cell: (row) => <Link to={`/meters/${row.id}`}>{row.name}</Link>,
      sort: (row) => row.name,
    },
    {
      key: "value",
      title: t("balance.energy"),
      right: true,
      cell: (row) => written(row.value),
      sort: (row) => row.value,
    },
    {
      key: "share",
      title: t("balance.share"),
      right: true,
      cell: (row) =>
        formatPercent(row.value !== null && total.master ? row.value / total.master : null, locale),
    },
  ];
  return (
    <div className="stack">
      <div className="kpis">
        <Kpi name={t("balance.master")} value={scaled(total.master)} unit={scale.unit} />
        <Kpi name={t("balance.submeters")} value={scaled(total.submeters)} unit={scale.unit} />
        <Kpi
          name={t("balance.loss")}
          value={scaled(total.loss)}
          unit={scale.unit}
          foot={total.loss_ratio === null ? undefined : formatPercent(total.loss_ratio, locale)}
        />
      </div>
      <p className="muted">{t("balance.basis", { compared: total.compared_slots, slots: total.slots })}</p>
      <Suspense fallback={<Skeleton height={260} />}>
        <BalanceChart balance={balance} />
      </Suspense>
      <DataTable
        caption={t("balance.submeters")}
        columns={columns}
        rows={balance.submeters}
        rowKey={(row) => row.id}
      />
    </div>
  );
}

/** A master meter against its submeters, and what is lost between. */
export function MeterBalance({ id }: { id: string }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<PeriodDays>("30");
  const span = useSpan(days);
  const query = useQuery({
    queryKey: ["balance", id, span],
    queryFn: ({ signal }) => api.get<Balance>(`/v1/meters/${id}/balance/daily`, { query: span, signal }),
  });
  return (
    <Card title={t("balance.title")} actions={<PeriodChoice value={days} onChange={setDays} />}>
      <QueryView
        query={query}
        skeleton={<Skeleton height={320} />}
        isEmpty={(balance) => balance.submeters.length === 0}
        empty={<EmptyState title={t("balance.none")} text={t("balance.noneText")} />}
      >
        {(balance) => <Figures balance={balance} />}
      </QueryView>
    </Card>
  );
}
