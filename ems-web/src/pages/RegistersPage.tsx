import {
  Card,
  type Column,
  columnFormat,
  DataTable,
  displayUnit,
  EmptyState,
  formatPercent,
  Kpi,
  QueryView,
  SearchBox,
  SkeletonLines,
  useLocale,
} from "@ems/ui";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLiveMeters } from "../live/meters";
import { type Json, number, text } from "../reports/json";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { tableCsv } from "../reports/tableCsv";
import { useApi } from "../state/useApi";
import { useParam } from "../state/useParam";
import { periodQuery } from "../state/usePeriodQuery";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { PageHead } from "./PageHead";

const MINUTE_MS = 60_000;

interface Register {
  id: number;
  name: string;
  category: string;
  spaceName: string;
  start: number | null;
  end: number | null;
  difference: number | null;
}

function readRegisters(answer: Json): Register[] {
  return ((answer.meters ?? []) as readonly Json[]).map((line) => ({
    id: number(line, "id") ?? 0,
    name: text(line, "meter_name"),
    category: text(line, "energy_category_name"),
    spaceName: text(line, "space_name"),
    start: number(line, "start_value"),
    end: number(line, "end_value"),
    difference: number(line, "difference_value"),
  }));
}

function Rates({ answer }: { answer: Json }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <div className="kpi-grid">
      {["start", "end", "full"].map((key) => {
        const share = number(answer, `${key}_integrity_rate`);
        return (
          <Card key={key} className="kpi-card">
            <Kpi
              name={t(`registers.${key}`)}
              value={share === null ? null : share * 100}
              unit="%"
              foot={<span>{t(`registers.${key}Hint`, { share: formatPercent(share, locale) })}</span>}
            />
          </Card>
        );
      })}
    </div>
  );
}

/** Unit of each meter's register; the report does not tell it. */
function useUnits(): ReadonlyMap<number, string> {
  const { spaceId } = useView();
  const { data } = useLiveMeters(spaceId);
  return useMemo(
    () => new Map((data ?? []).map((meter) => [meter.id, displayUnit(meter.energy?.units ?? "")])),
    [data],
  );
}

function useColumns(rows: readonly Register[], units: ReadonlyMap<number, string>): Column<Register>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  const value = (key: "start" | "end" | "difference"): Column<Register> => {
    const number = columnFormat(
      rows.map((row) => row[key]),
      locale,
    );
    return {
      key,
      title: t(`registers.${key}Value`),
      right: true,
      wideOnly: key !== "difference",
      sort: (row) => row[key],
      cell: (row) => (
        <>
          {number(row[key])} {row[key] !== null && <span className="muted">{units.get(row.id)}</span>}
        </>
      ),
    };
  };
  return [
    {
      key: "name",
      title: t("meters.name"),
      sort: (row) => row.name,
      cell: (row) => <ViewLink to={`/meters/${row.id}`}>{row.name}</ViewLink>,
    },
    {
      key: "category",
      title: t("meters.category"),
      wideOnly: true,
      sort: (row) => row.category,
      cell: (row) => row.category,
    },
    {
      key: "space",
      title: t("meters.space"),
      wideOnly: true,
      sort: (row) => row.spaceName,
      cell: (row) => row.spaceName,
    },
    value("start"),
    value("end"),
    value("difference"),
  ];
}

/** What every register showed at the begin and at the end of the period. */
export default function RegistersPage() {
  const { t } = useTranslation();
  const { spaceId } = useView();
  const [search, setSearch] = useParam("q");
  const { span, now } = useView();
  // What is not over has no last reading yet: its end is the minute that is.
  const end = Math.max(span.start, Math.min(span.end, now - (now % MINUTE_MS)));
  const query = { ...periodQuery({ start: span.start, end }), spaceid: spaceId, energyCategory: "all" };
  const answer = useApi<Json>("/v1/reports/metertracking", query, { isEnabled: spaceId !== null });
  const all = answer.data ? readRegisters(answer.data) : [];
  const words = search.trim().toLowerCase();
  const rows = all.filter((row) =>
    `${row.name} ${row.category} ${row.spaceName}`.toLowerCase().includes(words),
  );
  const units = useUnits();
  const columns = useColumns(rows, units);
  const csv = () =>
    tableCsv<Register>(
      [
        { title: t("meters.name"), value: (row) => row.name },
        { title: t("meters.category"), value: (row) => row.category },
        { title: t("meters.space"), value: (row) => row.spaceName },
        { title: t("registers.startValue"), value: (row) => row.start },
        { title: t("registers.endValue"), value: (row) => row.end },
        { title: t("registers.differenceValue"), value: (row) => row.difference },
        { title: t("bill.unit"), value: (row) => units.get(row.id) },
      ],
      rows,
    );
  return (
    <div className="page">
      <PageHead
        title={t("registers.title")}
        question={t("registers.question")}
        tools={
          <>
            <SearchBox label={t("meters.search")} value={search} onChange={setSearch} />
            <ExportMenu file={{ path: "/v1/reports/metertracking", query, name: "registers" }} csv={csv} />
          </>
        }
      />
      {answer.data && all.length > 0 && <Rates answer={answer.data} />}
      <Card flush busy={answer.isPlaceholderData}>
        <QueryView
          query={answer}
          skeleton={
            <div className="pad">
              <SkeletonLines count={10} />
            </div>
          }
          isEmpty={() => rows.length === 0}
          empty={
            <EmptyState
              title={t(all.length > 0 ? "meters.noMatch" : "meters.none")}
              text={t(all.length > 0 ? "meters.noMatchText" : "meters.noneText")}
            />
          }
        >
          {() => (
            <DataTable
              caption={t("registers.title")}
              columns={columns}
              rows={rows}
              rowKey={(row) => row.id}
              maxHeight={760}
            />
          )}
        </QueryView>
      </Card>
    </div>
  );
}
