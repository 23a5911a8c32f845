import { api, type Column, formatExact, QueryView, Skeleton, useLocale } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { usePointUnit } from "../cleaning/RulePreview";
import { useMoments } from "../model/moments";
import { TableCard } from "../pages/TableCard";
import { type Told, useFindingText } from "../pipeline/findings";

interface Order extends Told {
  id: number;
  set_value: number;
  utc: string;
  outcome: "waiting" | "sending" | "written" | "replaced" | "refused" | "failed";
  outcome_utc: string | null;
}

const TONES: Readonly<Record<Order["outcome"], string>> = {
  waiting: "",
  sending: "",
  written: "badge--good",
  replaced: "",
  refused: "badge--warning",
  failed: "badge--critical",
};
const LOOK_EVERY_MS = 2000;

/** The latest values a point was ordered to have, and what came of each order. */
export function SetValues({ id }: { id: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const moments = useMoments();
  const describe = useFindingText();
  const unit = usePointUnit(Number(id));
  const query = useQuery({
    queryKey: ["set-values", id],
    queryFn: ({ signal }) => api.get<Order[]>(`/v1/points/${id}/setvalues`, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.some(({ outcome }) => outcome === "waiting" || outcome === "sending")
        ? LOOK_EVERY_MS
        : false,
  });
  const columns: Column<Order>[] = [
    {
      key: "utc",
      title: t("setValues.ordered"),
      cell: (row) => moments.full(row.utc),
      sort: (row) => row.utc,
    },
    {
      key: "value",
      title: t("setValues.value"),
      cell: (row) => `${formatExact(row.set_value, locale)} ${unit}`.trim(),
      sort: (row) => row.set_value,
    },
    {
      key: "outcome",
      title: t("setValues.outcome"),
      cell: (row) => (
        <span className="wrap">
          <span className={`badge ${TONES[row.outcome]}`}>{t(`setValues.outcomes.${row.outcome}`)}</span>{" "}
          {describe(row)}
        </span>
      ),
      sort: (row) => row.outcome,
    },
    {
      key: "closed",
      title: t("setValues.closed"),
      wideOnly: true,
      cell: (row) => (row.outcome_utc ? moments.full(row.outcome_utc) : "–"),
    },
  ];
  return (
    <QueryView query={query} skeleton={<Skeleton height={200} />}>
      {(orders) => (
        <TableCard
          title={t("setValues.title")}
          columns={columns}
          rows={orders}
          rowKey={(row) => String(row.id)}
          none={{ title: t("setValues.none"), text: t("setValues.noneText") }}
        />
      )}
    </QueryView>
  );
}
