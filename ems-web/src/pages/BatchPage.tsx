import {
  Card,
  type Column,
  categoryColor,
  columnFormat,
  DataTable,
  displayUnit,
  EmptyState,
  formatExact,
  QueryView,
  SkeletonLines,
  useLocale,
  useTheme,
} from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { type BatchColumn, type BatchModel, type BatchRow, readBatch } from "../reports/batch";
import { BATCH_ENTITIES, type EntityKind, findEntity, isMeter } from "../reports/declarations";
import type { Json } from "../reports/json";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { EntityKindSelect } from "../reports/parts/ItemPicker";
import { tableCsv } from "../reports/tableCsv";
import { useSite } from "../state/site";
import { useApi } from "../state/useApi";
import { usePeriodQuery } from "../state/usePeriodQuery";
import { useViewPath, ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import NotFoundPage from "./NotFoundPage";
import { PageHead } from "./PageHead";

interface ShareCellProps {
  value: number | null | undefined;
  text: string;
  most: number;
  color: string;
}

/** A value with a bar of its share of the largest: the eye finds the large ones first. */
function ShareCell({ value, text, most, color }: ShareCellProps) {
  const locale = useLocale();
  const share = most > 0 ? Math.max(0, (value ?? 0) / most) : 0;
  return (
    <span className="share-cell" title={formatExact(value, locale)}>
      {text}
      <span className="share-cell__bar" aria-hidden="true">
        <span style={{ width: `${share * 100}%`, background: color }} />
      </span>
    </span>
  );
}

function colorOf(column: BatchColumn, isDark: boolean): string {
  if (column.key === "cost") return "var(--accent)";
  if (column.key === "carbon") return "var(--carbon)";
  return categoryColor(column.name, column.id, isDark);
}

function useColumns(model: BatchModel, kind: EntityKind): Column<BatchRow>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  // A main meter counts what its submeters count: their sum would hold it twice.
  const hasTotal = !isMeter(kind);
  const title = (column: BatchColumn) => (column.isText ? t(column.name) : column.name);
  return [
    {
      key: "name",
      title: t(`entity.${kind}.name`),
      sort: (row) => row.name,
      cell: (row) => (
        <ViewLink to={`/report/${kind}/energycategory`} extra={{ id: row.id }}>
          {row.name}
        </ViewLink>
      ),
      foot: hasTotal ? t("figure.total") : undefined,
    },
    {
      key: "space",
      title: t("entity.space.name"),
      wideOnly: true,
      sort: (row) => row.spaceName,
      cell: (row) => row.spaceName || "–",
    },
    ...model.columns.map((column, i): Column<BatchRow> => {
      const values = model.rows.map((row) => row.values[i] ?? 0);
      const total = values.reduce((sum, value) => sum + value, 0);
      const most = Math.max(...values);
      const written = columnFormat(values, locale, "short");
      return {
        key: column.key,
        title: `${title(column)} [${displayUnit(column.unit)}]`,
        right: true,
        sort: (row) => row.values[i],
        cell: (row) => (
          <ShareCell
            value={row.values[i]}
            text={written(row.values[i])}
            most={most}
            color={colorOf(column, isDark)}
          />
        ),
        foot: hasTotal ? written(total) : undefined,
      };
    }),
  ];
}

function BatchTable({ model, kind }: { model: BatchModel; kind: EntityKind }) {
  const { t } = useTranslation();
  const columns = useColumns(model, kind);
  const first = model.columns[0];
  return (
    <DataTable
      caption={t("batch.title")}
      columns={columns}
      rows={model.rows}
      rowKey={(row) => row.id}
      maxHeight={760}
      order={first && { key: first.key, isDown: true }}
    />
  );
}

function batchCsv(model: BatchModel, t: (key: string) => string): string {
  return tableCsv(
    [
      { title: t("batch.name"), value: (row: BatchRow) => row.name },
      { title: t("entity.space.name"), value: (row: BatchRow) => row.spaceName },
      { title: t("batch.costCenter"), value: (row: BatchRow) => row.costCenter },
      ...model.columns.map((column, i) => ({
        title: `${column.isText ? t(column.name) : column.name} [${column.unit}]`,
        value: (row: BatchRow) => row.values[i],
      })),
    ],
    model.rows,
  );
}

function Batch({ kind }: { kind: EntityKind }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = useViewPath();
  const { currency } = useSite();
  const { spaceId, space } = useView();
  const query = { ...usePeriodQuery(), spaceid: spaceId };
  const answer = useApi<Json>(`/v1/reports/${kind}batch`, query, { isEnabled: spaceId !== null });
  const model = answer.data && readBatch(answer.data, kind, currency);
  const plural = t(`entity.${kind}.plural`);
  return (
    <div className="page">
      <PageHead
        title={t("batch.title")}
        question={t("batch.question", { kind: plural, space: space?.name ?? "" })}
        tools={
          <>
            <EntityKindSelect
              kinds={BATCH_ENTITIES}
              kind={kind}
              onChoose={(next) => void navigate(path(`/batch/${next}`))}
            />
            {model && (
              <ExportMenu
                file={{ path: `/v1/reports/${kind}batch`, query, name: `${kind}-batch` }}
                csv={() => batchCsv(model, t)}
              />
            )}
          </>
        }
      />
      <Card flush busy={answer.isPlaceholderData}>
        <QueryView
          query={answer}
          skeleton={
            <div className="pad">
              <SkeletonLines count={10} />
            </div>
          }
          isEmpty={() => model?.rows.length === 0}
          empty={
            <EmptyState title={t("report.noEntity", { kind: plural })} text={t("report.noEntityText")} />
          }
        >
          {() => model && <BatchTable key={kind} model={model} kind={kind} />}
        </QueryView>
      </Card>
    </div>
  );
}

/** All entities of a kind below the space, side by side. */
export default function BatchPage() {
  const entity = findEntity(useParams().entity);
  if (!entity || !BATCH_ENTITIES.includes(entity.kind)) return <NotFoundPage />;
  return <Batch kind={entity.kind} />;
}
