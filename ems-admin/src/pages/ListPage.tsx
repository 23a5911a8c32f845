import {
  Button,
  describeError,
  EmptyState,
  ErrorState,
  SearchBox,
  Skeleton,
  toasts,
  useSession,
} from "@ems/ui";
import { Table, type TableColumnsType } from "antd";
import { Download, Plus, Upload } from "lucide-react";
import { type Key, useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Cell, sortKey, textOf } from "../model/Cell";
import { type Field, type Resource, useResource } from "../model/description";
import { saveText, toCsv } from "../model/files";
import { useNames } from "../model/names";
import { type ListPart, readAll, useListPart } from "../model/queries";
import { type Item, idOf, labelOf } from "../model/values";
import { BulkBar } from "./BulkBar";
import { ImportDialog } from "./ImportDialog";
import { NotFound } from "./NotFound";
import { useTitle } from "./useTitle";

const PAGE_SIZE = 25;

function columnFields(resource: Resource): Field[] {
  return resource.list_columns
    .map((name) => resource.fields.find((field) => field.name === name))
    .filter((field): field is Field => field !== undefined && field.name !== resource.identity);
}

/** Search, sort and page of a list, kept in the address. */
function useListState() {
  const [params, setParams] = useSearchParams();
  const set = (changes: Record<string, string>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [key, value] of Object.entries(changes)) {
          if (value) next.set(key, value);
          else next.delete(key);
        }
        return next;
      },
      { replace: true },
    );
  return {
    text: params.get("q") ?? "",
    page: Number(params.get("page")) || 1,
    sort: params.get("sort") ?? "",
    set,
  };
}

type ListState = ReturnType<typeof useListState>;

function useColumns(resource: Resource, state: ListState, first: Item | undefined): TableColumnsType<Item> {
  const names = useNames();
  const { t } = useTranslation();
  const order = (key: string) => {
    if (state.sort === key) return "ascend" as const;
    return state.sort === `-${key}` ? ("descend" as const) : null;
  };
  const sorting = (key: string) => (key ? { key, sorter: true, sortOrder: order(key) } : {});
  const label = resource.label ?? "name";
  const columns: TableColumnsType<Item> = columnFields(resource).map((field, i) => ({
    key: field.name,
    ...sorting(first ? sortKey(first, field) : ""),
    title: names.field(field, resource),
    align: field.type === "number" || field.type === "integer" ? ("right" as const) : undefined,
    render: (_: unknown, item: Item) =>
      field.name === label || (i === 0 && !resource.list_columns.includes(label)) ? (
        <Link to={`/${resource.name}/${idOf(resource, item)}`} className="list-link">
          {labelOf(resource, item) || idOf(resource, item)}
        </Link>
      ) : (
        <Cell item={item} field={field} />
      ),
  }));
  return [
    {
      ...sorting(resource.identity),
      title: t("list.id"),
      width: 76,
      render: (_: unknown, item: Item) => <span className="muted">{idOf(resource, item)}</span>,
    },
    ...columns,
  ];
}

interface ToolsProps {
  resource: Resource;
  state: ListState;
  canWrite: boolean;
  onImport: () => void;
}

function Tools({ resource, state, canWrite, onImport }: ToolsProps) {
  const { t } = useTranslation();
  const names = useNames();
  const navigate = useNavigate();
  const exportCsv = async () => {
    try {
      const items = await readAll(resource, { q: state.text, sort: state.sort });
      const fields = columnFields(resource);
      const rows = items.map((item) => [idOf(resource, item), ...fields.map((field) => textOf(item, field))]);
      const head = [t("list.id"), ...fields.map((field) => names.field(field, resource))];
      saveText(`${resource.name}.csv`, toCsv([head, ...rows]), "text/csv");
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    }
  };
  return (
    <div className="page__tools">
      <SearchBox
        label={t("list.search")}
        value={state.text}
        onChange={(text) => state.set({ q: text, page: "" })}
      />
      <Button icon={<Download size={16} />} onClick={() => void exportCsv()}>
        {t("list.csv")}
      </Button>
      {resource.can.includes("import") && canWrite && (
        <Button icon={<Upload size={16} />} onClick={onImport}>
          {t("list.import")}
        </Button>
      )}
      {resource.can.includes("create") && canWrite && (
        <Button
          tone="primary"
          icon={<Plus size={16} />}
          onClick={() => void navigate(`/${resource.name}/new`)}
        >
          {t("list.new")}
        </Button>
      )}
    </div>
  );
}

function Nothing({
  resource,
  isSearch,
  canWrite,
}: {
  resource: Resource;
  isSearch: boolean;
  canWrite: boolean;
}) {
  const { t } = useTranslation();
  const names = useNames();
  const navigate = useNavigate();
  if (isSearch) return <EmptyState title={t("list.noMatch")} text={t("list.noMatchText")} />;
  const canCreate = resource.can.includes("create") && canWrite;
  return (
    <EmptyState
      title={t("list.none", { what: names.resource(resource) })}
      text={names.purpose(resource) ?? (canCreate ? t("list.noneText") : undefined)}
      action={
        canCreate && (
          <Button icon={<Plus size={16} />} onClick={() => void navigate(`/${resource.name}/new`)}>
            {t("list.new")}
          </Button>
        )
      }
    />
  );
}

/** Chosen items by id; they stay chosen while one turns pages or searches. */
function useChosen(resource: Resource) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Item>>(new Map());
  const onChange = (keys: readonly Key[], rows: readonly (Item | undefined)[]) => {
    const next = new Map<string, Item>();
    for (const key of keys) {
      const row =
        rows.find((item) => item && idOf(resource, item) === String(key)) ?? chosen.get(String(key));
      if (row) next.set(String(key), row);
    }
    setChosen(next);
  };
  return { chosen, onChange, clear: () => setChosen(new Map()) };
}

interface RowsProps {
  resource: Resource;
  state: ListState;
  part: ListPart;
  canWrite: boolean;
  selection: ReturnType<typeof useChosen>;
}

function Rows({ resource, state, part, canWrite, selection }: RowsProps) {
  const { t } = useTranslation();
  const columns = useColumns(resource, state, part.items[0]);
  const isChoosable = canWrite && (resource.can.includes("update") || resource.can.includes("delete"));
  return (
    <Table<Item>
      size="middle"
      rowKey={(item) => idOf(resource, item)}
      columns={columns}
      dataSource={part.items}
      rowSelection={
        isChoosable
          ? {
              selectedRowKeys: [...selection.chosen.keys()],
              preserveSelectedRowKeys: true,
              onChange: selection.onChange,
              getTitleCheckboxProps: () => ({ "aria-label": t("bulk.all") }),
              getCheckboxProps: (item) => ({
                "aria-label": t("bulk.choose", { name: labelOf(resource, item) }),
              }),
            }
          : undefined
      }
      pagination={{
        current: state.page,
        pageSize: PAGE_SIZE,
        total: part.total,
        hideOnSinglePage: true,
        showSizeChanger: false,
        showTotal: (total) => t("list.count", { count: total }),
      }}
      onChange={(pagination, _filters, sorter) => {
        const one = Array.isArray(sorter) ? sorter[0] : sorter;
        const key = one?.order ? String(one.columnKey) : "";
        state.set({
          page: pagination.current && pagination.current > 1 ? String(pagination.current) : "",
          sort: one?.order === "descend" ? `-${key}` : key,
        });
      }}
    />
  );
}

function List({ resource }: { resource: Resource }) {
  const { t } = useTranslation();
  const names = useNames();
  const state = useListState();
  const { user } = useSession();
  const search = useDeferredValue(state.text);
  const query = useListPart(resource, { q: search, sort: state.sort, page: state.page, limit: PAGE_SIZE });
  const selection = useChosen(resource);
  const [isImporting, setImporting] = useState(false);
  const canWrite = user?.isReadOnly !== true;
  useTitle(names.resource(resource));
  const count = query.data ? t("list.count", { count: query.data.total }) : "\u00a0";
  const purpose = names.purpose(resource);
  return (
    <div className="page">
      <div className="page__head">
        <div>
          <h1>{names.resource(resource)}</h1>
          <p className="page__sub">{purpose ? `${count} · ${purpose}` : count}</p>
        </div>
        <Tools resource={resource} state={state} canWrite={canWrite} onImport={() => setImporting(true)} />
      </div>
      <BulkBar resource={resource} items={[...selection.chosen.values()]} onDone={selection.clear} />
      <section
        className="card"
        aria-busy={query.isPlaceholderData || undefined}
        aria-label={names.resource(resource)}
      >
        {query.isPending && (
          <div className="pad">
            <Skeleton height={320} />
          </div>
        )}
        {query.isError && !query.data && (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.data?.total === 0 && (
          <Nothing resource={resource} isSearch={search !== ""} canWrite={canWrite} />
        )}
        {query.data && query.data.total > 0 && (
          <Rows
            resource={resource}
            state={state}
            part={query.data}
            canWrite={canWrite}
            selection={selection}
          />
        )}
      </section>
      {isImporting && <ImportDialog resource={resource} onClose={() => setImporting(false)} />}
    </div>
  );
}

/** The list of a resource. */
export default function ListPage() {
  const { resource: name } = useParams();
  const resource = useResource(name);
  if (!resource?.can.includes("list")) return <NotFound />;
  return <List key={resource.name} resource={resource} />;
}
