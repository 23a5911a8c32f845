import {
  api,
  Button,
  Card,
  type Column,
  DataTable,
  EmptyState,
  formatExact,
  QueryView,
  Skeleton,
  useLocale,
  useSession,
} from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useMoments } from "../model/moments";
import { collectionKey } from "../model/queries";

interface Exchange {
  id: number;
  exchanged: string;
  last_old_value: number | null;
  first_new_value: number | null;
  note: string | null;
}

/** When a meter was replaced, with the last reading of the old and the first of the new one. */
export function MeterExchanges({ id }: { id: string }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const locale = useLocale();
  const moments = useMoments();
  const navigate = useNavigate();
  const query = useQuery({
    queryKey: [...collectionKey("/meterexchanges"), "meter", id],
    queryFn: ({ signal }) => api.get<Exchange[]>("/v1/meterexchanges", { query: { meter_id: id }, signal }),
  });
  const create = user?.isReadOnly !== true && (
    <Button
      small
      tone="primary"
      icon={<Plus size={14} />}
      onClick={() => void navigate(`/meterexchanges/new?meter_id=${id}`)}
    >
      {t("exchange.new")}
    </Button>
  );
  const columns: Column<Exchange>[] = [
    {
      key: "at",
      title: t("exchange.at"),
      cell: (row) => <Link to={`/meterexchanges/${row.id}`}>{moments.full(row.exchanged)}</Link>,
      sort: (row) => row.exchanged,
    },
    {
      key: "old",
      title: t("exchange.old"),
      right: true,
      cell: (row) => formatExact(row.last_old_value, locale),
    },
    {
      key: "new",
      title: t("exchange.first"),
      right: true,
      cell: (row) => formatExact(row.first_new_value, locale),
    },
    { key: "note", title: t("exchange.note"), wideOnly: true, cell: (row) => row.note ?? "" },
  ];
  return (
    <Card title={t("exchange.title")} actions={create} flush>
      <QueryView
        query={query}
        skeleton={<Skeleton height={160} />}
        isEmpty={(rows) => rows.length === 0}
        empty={<EmptyState title={t("exchange.none")} text={t("exchange.noneText")} action={create} />}
      >
        {(rows) => (
          <DataTable caption={t("exchange.title")} columns={columns} rows={rows} rowKey={(row) => row.id} />
        )}
      </QueryView>
    </Card>
  );
}
