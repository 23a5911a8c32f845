import { Button, EmptyState, QueryView, Skeleton } from "@ems/ui";
import { Table, type TableColumnsType } from "antd";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { Cell } from "../model/Cell";
import { type Field, isChild, type Relation, type Resource } from "../model/description";
import { useNames } from "../model/names";
import { useItems } from "../model/queries";
import { type Item, idOf, labelOf } from "../model/values";

export interface ChildTabProps {
  path: string;
  parent: { resource: Resource; id: string };
  relation: Relation;
  target: Resource | undefined;
  canWrite: boolean;
}

const PAGE_SIZE = 25;

/** Name of the field of a child that points at its parent, as `data_source_id` at data sources. */
function parentField(target: Resource, parent: Resource): Field | undefined {
  return target.fields.find((field) => field.reference === parent.name);
}

/** Own items of an item, or where it is used. */
export function ChildTab({ path, parent, relation, target, canWrite }: ChildTabProps) {
  const { t } = useTranslation();
  const names = useNames();
  const navigate = useNavigate();
  const query = useItems(path);
  const title = names.relation(relation, target);
  const isOwn = target !== undefined && isChild(target);
  const here = `/${parent.resource.name}/${parent.id}/${relation.name}`;
  const addressOf = (item: Item) => {
    if (!target) return null;
    return isOwn ? `${here}/${idOf(target, item)}` : `/${target.name}/${idOf(target, item)}`;
  };
  const newAddress = () => {
    if (isOwn || !target) return `${here}/new`;
    const field = parentField(target, parent.resource);
    return `/${target.name}/new${field ? `?${field.name}=${parent.id}` : ""}`;
  };
  const canCreate =
    canWrite &&
    relation.kind === "child" &&
    target?.can.includes("create") === true &&
    (relation.can ?? ["create"]).includes("create");
  const fields = (target?.list_columns ?? [])
    .map((name) => target?.fields.find((field) => field.name === name))
    .filter((field): field is Field => field !== undefined && field.name !== (target?.label ?? "name"));

  const columns: TableColumnsType<Item> = [
    {
      key: "name",
      title: t("list.name"),
      render: (_: unknown, item: Item) => {
        const address = addressOf(item);
        const name = target ? labelOf(target, item) : String(item.name ?? item.id);
        return address ? (
          <Link to={address} className="list-link">
            {name}
          </Link>
        ) : (
          name
        );
      },
    },
    ...fields.map((field) => ({
      key: field.name,
      title: names.field(field, target),
      render: (_: unknown, item: Item) => <Cell item={item} field={field} />,
    })),
  ];

  return (
    <section className="card" aria-label={title}>
      {canCreate && (
        <div className="card__head">
          <h2 className="card__title">{title}</h2>
          <Button small tone="primary" icon={<Plus size={14} />} onClick={() => void navigate(newAddress())}>
            {t("list.new")}
          </Button>
        </div>
      )}
      <QueryView
        query={query}
        skeleton={
          <div className="pad">
            <Skeleton height={160} />
          </div>
        }
        isEmpty={(items) => items.length === 0}
        empty={<EmptyState title={t("list.none", { what: title })} />}
      >
        {(items) => (
          <Table<Item>
            size="middle"
            rowKey={(item) => String(item.id)}
            columns={columns}
            dataSource={[...items]}
            pagination={{ pageSize: PAGE_SIZE, hideOnSinglePage: true, showSizeChanger: false }}
          />
        )}
      </QueryView>
    </section>
  );
}
