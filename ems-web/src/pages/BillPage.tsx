import {
  Button,
  Card,
  type Column,
  columnFormat,
  DataTable,
  displayUnit,
  EmptyState,
  ErrorState,
  formatMoney,
  formatPercent,
  formatSpan,
  formatUnitPrice,
  QueryView,
  Skeleton,
  useLocale,
} from "@ems/ui";
import { Printer } from "lucide-react";
import { useTranslation } from "react-i18next";
import { findEntity } from "../reports/declarations";
import { type Json, number, numbers, object, text, texts } from "../reports/json";
import { useEntityItems } from "../reports/parts/EntityPicker";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { type EntityItem, ItemPicker } from "../reports/parts/ItemPicker";
import { tableCsv } from "../reports/tableCsv";
import { useSite } from "../state/site";
import { useApi } from "../state/useApi";
import { useParam } from "../state/useParam";
import { usePeriodQuery } from "../state/usePeriodQuery";
import { useView } from "../state/view";
import { PageHead } from "./PageHead";

interface BillLine {
  name: string;
  unit: string;
  energy: number | null;
  cost: number | null;
}

function linesOf(period: Json): BillLine[] {
  return texts(period, "names").map((name, i) => ({
    name,
    unit: texts(period, "units")[i] ?? "",
    energy: numbers(period, "subtotals_input")[i] ?? null,
    cost: numbers(period, "subtotals_cost")[i] ?? null,
  }));
}

/** Price per unit of energy, or null without energy. */
function priceOf(line: BillLine): number | null {
  return line.energy && line.cost !== null ? line.cost / line.energy : null;
}

function Facts({ rows }: { rows: readonly (readonly [string, string])[] }) {
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function BillSheet({ answer }: { answer: Json }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const site = useSite();
  const { span } = useView();
  const tenant = object(answer, "tenant");
  const period = object(answer, "reporting_period");
  const currency = text(period, "currency_unit") || site.currency;
  const provisional = number(period, "provisional_share") ?? 0;
  const lines = linesOf(period);
  const quantity = columnFormat(
    lines.map((line) => line.energy),
    locale,
  );
  const money = (value: number | null) => formatMoney(value, currency, locale);
  const columns: Column<BillLine>[] = [
    { key: "name", title: t("report.category"), cell: (line) => line.name, foot: t("figure.total") },
    {
      key: "energy",
      title: t("bill.quantity"),
      right: true,
      cell: (line) => `${quantity(line.energy)} ${displayUnit(line.unit)}`,
    },
    {
      key: "price",
      title: t("bill.price"),
      right: true,
      wideOnly: true,
      cell: (line) => formatUnitPrice(priceOf(line), currency, line.unit, locale),
    },
    {
      key: "cost",
      title: t("bill.amount"),
      right: true,
      cell: (line) => money(line.cost),
      foot: money(number(period, "total_cost")),
    },
  ];
  const where = ["buildings", "floors", "rooms"].map((key) => text(tenant, key)).filter(Boolean);
  return (
    <Card className="bill">
      <header className="bill__head">
        <div>
          <p className="muted">{site.name}</p>
          <h2 className="bill__title">{t("bill.heading")}</h2>
          <p>{formatSpan(span, locale)}</p>
        </div>
        <p className="bill__total">
          <span className="muted">{t("bill.due")}</span>
          <strong>{money(number(period, "total_cost"))}</strong>
        </p>
      </header>
      <Facts
        rows={[
          [t("bill.lessee"), text(tenant, "name")],
          [t("bill.lease"), text(tenant, "lease_number")],
          [t("bill.rooms"), where.join(" · ")],
          [t("bill.contact"), [text(tenant, "email"), text(tenant, "phone")].filter(Boolean).join(" · ")],
        ]}
      />
      <DataTable
        caption={t("bill.heading")}
        columns={columns}
        rows={lines}
        rowKey={(line) => line.name}
        maxHeight={10_000}
      />
      {provisional > 0 && (
        <p className="banner banner--warning">
          {t("bill.provisional", { share: formatPercent(provisional, locale) })}
        </p>
      )}
      <p className="muted bill__note">{t("bill.note", { zone: site.timeZone })}</p>
    </Card>
  );
}

function useTenants() {
  const entity = findEntity("tenant");
  const query = useEntityItems(entity ?? { kind: "tenant", collection: "tenants", member: "tenant" });
  const items: readonly EntityItem[] = query.data ?? [];
  return { items, isEmpty: query.isSuccess && items.length === 0, query };
}

/** What a tenant owes for the period, fit to be printed. */
export default function BillPage() {
  const { t } = useTranslation();
  const [idText, setId] = useParam("id");
  const { items, isEmpty, query: tenants } = useTenants();
  const id = Number(idText) || (items[0]?.id ?? null);
  const query = { ...usePeriodQuery(), tenantid: id };
  const answer = useApi<Json>("/v1/reports/tenantbill", query, { isEnabled: id !== null });
  const csv = () =>
    tableCsv<BillLine>(
      [
        { title: t("report.category"), value: (line) => line.name },
        { title: t("bill.quantity"), value: (line) => line.energy },
        { title: t("bill.unit"), value: (line) => line.unit },
        { title: t("bill.amount"), value: (line) => line.cost },
      ],
      answer.data ? linesOf(object(answer.data, "reporting_period")) : [],
    );
  return (
    <div className="page">
      <PageHead
        title={t("bill.title")}
        question={t("bill.question")}
        tools={
          <>
            <ItemPicker
              label={t("entity.chooseOne", { kind: t("entity.tenant.name") })}
              items={items}
              id={id}
              onChoose={(next) => setId(String(next), true)}
            />
            <Button small icon={<Printer size={14} />} onClick={() => window.print()}>
              {t("export.print")}
            </Button>
            <ExportMenu file={{ path: "/v1/reports/tenantbill", query, name: `bill-${id}` }} csv={csv} />
          </>
        }
      />
      {id === null && tenants.isError && (
        <Card>
          <ErrorState error={tenants.error} onRetry={() => void tenants.refetch()} />
        </Card>
      )}
      {isEmpty ? (
        <Card>
          <EmptyState
            title={t("report.noEntity", { kind: t("entity.tenant.plural") })}
            text={t("report.noEntityText")}
          />
        </Card>
      ) : (
        <QueryView query={answer} skeleton={!tenants.isError && <Skeleton height={420} />}>
          {(data) => (
            <div className="report" aria-busy={answer.isPlaceholderData || undefined}>
              <BillSheet answer={data} />
            </div>
          )}
        </QueryView>
      )}
    </div>
  );
}
