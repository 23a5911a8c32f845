import { Button, EmptyState, ErrorState, Skeleton, useSession } from "@ems/ui";
import { Table, type TableColumnsType } from "antd";
import { Plus, Search, Upload } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Cell, compareItems, textOf } from "../model/Cell";
import { type Field, type Resource, useResource } from "../model/description";
import { useNames } from "../model/names";
import { useList } from "../model/queries";
import { type Item, idOf, labelOf } from "../model/values";
import { ImportDialog } from "./ImportDialog";
import { NotFound } from "./NotFound";
import { useTitle } from "./useTitle";

const PAGE_SIZE = 25;

function columnFields(resource: Resource): Field[] {
  return resource.list_columns
    .map((name) => resource.fields.find((field) => field.name === name))
    .filter((field): field is Field => field !== undefined);
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
    isDescending: params.get("order") === "desc",
    set,
  };
}

function useColumns(resource: Resource, state: ReturnType<typeof useListState>): TableColumnsType<Item> {
  const names = useNames();
  const { t } = useTranslation();
  const order = state.isDescending ? ("descend" as const) : ("ascend" as const);
  const label = resource.label ?? "name";
  const idColumn = {
    key: resource.identity,
    title: t("list.id"),
    width: 76,
    sorter: (a: Item, b: Item) => Number(a[resource.identity]) - Number(b[resource.identity]),
    sortOrder: state.sort === resource.identity ? order : null,
    render: (_: unknown, item: Item) => <span className="muted">{idOf(resource, item)}</span>,
  };
  const fields = columnFields(resource).filter((field) => field.name !== resource.identity);
  return [
    idColumn,
    ...fields.map((field, i) => ({
      key: field.name,
      title: names.field(field, resource),
      align: field.type === "number" || field.type === "integer" ? ("right" as const) : undefined,
      sorter: (a: Item, b: Item) => compareItems(a, b, field),
      sortOrder: state.sort === field.name ? order : null,
      render: (_: unknown, item: Item) =>
        field.name === label || (i === 0 && !resource.list_columns.includes(label)) ? (
          <Link to={`/${resource.name}/${idOf(resource, item)}`} className="list-link">
            {labelOf(resource, item) || idOf(resource, item)}
          </Link>
        ) : (
          <Cell item={item} field={field} />
        ),
    })),
  ];
}

function List({ resource }: { resource: Resource }) {
  const { t } = useTranslation();
  const names = useNames();
  const navigate = useNavigate();
  const state = useListState();
  const { user } = useSession();
  const search = useDeferredValue(state.text);
  const query = useList(resource, search);
  const columns = useColumns(resource, state);
  const [isImporting, setImporting] = useState(false);
  useTitle(names.resource(resource));

  const found = useMemo(() => {
    const all = query.data ?? [];
    const words = search.trim().toLowerCase();
    if (resource.search || !words) return all;
    const fields = columnFields(resource);
    return all.filter(
      (item) =>
        labelOf(resource, item).toLowerCase().includes(words) ||
        fields.some((field) => textOf(item, field).toLowerCase().includes(words)),
    );
  }, [query.data, resource, search]);

  const canWrite = user?.isReadOnly !== true;
  return (
    <div className="page">
      <div className="page__head">
        <div>
          <h1>{names.resource(resource)}</h1>
          <p className="page__sub">{query.data ? t("list.count", { count: found.length }) : "\u00a0"}</p>
        </div>
        <div className="page__tools">
          <div className="search search--boxed">
            <Search size={16} aria-hidden="true" />
            <input
              type="search"
              className="search__input"
              aria-label={t("list.search")}
              placeholder={t("list.search")}
              value={state.text}
              onChange={(event) => state.set({ q: event.target.value, page: "" })}
            />
          </div>
          {resource.can.includes("import") && canWrite && (
            <Button icon={<Upload size={16} />} onClick={() => setImporting(true)}>
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
      </div>
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
        {query.data && found.length === 0 && (
          <EmptyState
            title={search ? t("list.noMatch") : t("list.none", { what: names.resource(resource) })}
            text={
              search
                ? t("list.noMatchText")
                : resource.can.includes("create")
                  ? t("list.noneText")
                  : undefined
            }
          />
        )}
        {found.length > 0 && (
          <Table<Item>
            size="middle"
            rowKey={(item) => idOf(resource, item)}
            columns={columns}
            dataSource={[...found]}
            scroll={{ x: "max-content" }}
            pagination={{
              current: state.page,
              pageSize: PAGE_SIZE,
              hideOnSinglePage: true,
              showSizeChanger: false,
              showTotal: (total) => t("list.count", { count: total }),
            }}
            onChange={(pagination, _filters, sorter) => {
              const one = Array.isArray(sorter) ? sorter[0] : sorter;
              state.set({
                page: pagination.current && pagination.current > 1 ? String(pagination.current) : "",
                sort: one?.order ? String(one.columnKey) : "",
                order: one?.order === "descend" ? "desc" : "",
              });
            }}
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
