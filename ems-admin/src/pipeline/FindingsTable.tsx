import type { Column } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResourceOfKind } from "../model/description";
import { useMoments } from "../model/moments";
import { TableCard } from "../pages/TableCard";
import { useFindingText } from "./findings";
import type { Finding } from "./state";

function FindingLink({ entity }: { entity: Finding["entity"] }) {
  const { t } = useTranslation("model");
  const resource = useResourceOfKind(entity?.kind);
  if (!entity) return <span className="muted">–</span>;
  const text = `${t(`choice.${entity.kind}`, { defaultValue: entity.kind.replaceAll("_", " ") })} ${entity.id}`;
  return resource ? <Link to={`/${resource.name}/${entity.id}`}>{text}</Link> : text;
}

/** What the stages found wrong with the configuration. */
export function FindingsTable({ findings }: { findings: readonly Finding[] }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const describe = useFindingText();
  const columns: Column<Finding>[] = [
    {
      key: "kind",
      title: t("pipeline.finding"),
      cell: (row) => t(`pipeline.findingKind.${row.kind}`, { defaultValue: row.kind.replaceAll("_", " ") }),
      sort: (row) => row.kind,
    },
    {
      key: "message",
      title: t("pipeline.message"),
      cell: (row) => <span className="wrap">{describe(row)}</span>,
    },
    { key: "entity", title: t("pipeline.where"), cell: (row) => <FindingLink entity={row.entity} /> },
    {
      key: "since",
      title: t("pipeline.since"),
      wideOnly: true,
      cell: (row) => moments.short(row.since),
      sort: (row) => row.since,
    },
  ];
  return (
    <TableCard
      title={t("pipeline.findings")}
      columns={columns}
      rows={findings}
      rowKey={(row) => `${row.stage}-${row.kind}-${describe(row)}`}
      none={{ title: t("pipeline.findingsNone"), text: t("pipeline.findingsNoneText") }}
    />
  );
}
