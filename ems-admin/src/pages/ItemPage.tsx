import { api, Button, describeError, ErrorState, Skeleton, sendInSession, toasts, useSession } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { Copy, FileDown, Trash2 } from "lucide-react";
import { Suspense, useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { SecretDialog } from "../access/SecretDialog";
import { ItemForm } from "../form/ItemForm";
import {
  collectionPath,
  type FieldType,
  isChild,
  itemPath,
  type Relation,
  type Resource,
  useDescription,
  useResource,
} from "../model/description";
import { useNames } from "../model/names";
import { collectionKey, useItem } from "../model/queries";
import { type Item, initialValues, isSent, labelOf, toBody, type Values } from "../model/values";
import { RelationTab } from "../relations/RelationTab";
import { DeleteDialog } from "./DeleteDialog";
import { ExportDialog } from "./ExportDialog";
import { EXTRAS, type Extra } from "./extras";
import { NotFound } from "./NotFound";
import { useTitle } from "./useTitle";
import { useUnsaved } from "./useUnsaved";

interface Place {
  resource: Resource;
  id: string;
  /** For children: the item they belong to, and its tab. */
  parent?: { resource: Resource; id: string; tab: string };
}

function listAddress({ resource, parent }: Place): string {
  return parent ? `/${parent.resource.name}/${parent.id}/${parent.tab}` : `/${resource.name}`;
}

function Crumbs({ place, name }: { place: Place; name: string }) {
  const names = useNames();
  const { t } = useTranslation();
  const { resource, parent } = place;
  return (
    <nav className="crumbs" aria-label={t("nav.crumbs")}>
      {parent && (
        <>
          <Link to={`/${parent.resource.name}`}>{names.resource(parent.resource)}</Link>
          <span aria-hidden="true">›</span>
        </>
      )}
      <Link to={listAddress(place)}>{names.resource(resource)}</Link>
      <span aria-hidden="true">›</span>
      <span aria-current="page">{name}</span>
    </nav>
  );
}

const AS_TEXT: ReadonlySet<FieldType> = new Set(["text", "choice", "date", "datetime", "time"]);

/** Presets of a new item from the address: `?data_source_id=3`. */
function usePresets(resource: Resource): Values {
  const [params] = useSearchParams();
  const presets: Values = {};
  for (const field of resource.fields) {
    const text = params.get(field.name);
    if (text !== null) presets[field.name] = AS_TEXT.has(field.type) ? text : Number(text);
  }
  return presets;
}

function useDirty() {
  const dirty = useRef(false);
  const isDirty = useCallback(() => dirty.current, []);
  const setDirty = useCallback((next: boolean) => {
    dirty.current = next;
  }, []);
  return { isDirty, setDirty };
}

interface Created {
  id: string;
  name: string;
  /** A token that the API shows this once, or empty. */
  secret: string;
}

async function createItem(path: string, body: Record<string, unknown>): Promise<Created> {
  const response = await sendInSession("POST", path, { body: { data: body } });
  const text = await response.text();
  const answer: unknown = text ? JSON.parse(text) : null;
  const token = typeof answer === "object" && answer !== null && "token" in answer ? answer.token : "";
  return {
    id: response.headers.get("Location")?.split("/").pop() ?? "",
    name: String(body.name ?? ""),
    secret: typeof token === "string" ? token : "",
  };
}

function NewItem({ place }: { place: Place }) {
  const { t } = useTranslation();
  const names = useNames();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { isDirty, setDirty } = useDirty();
  const guard = useUnsaved(isDirty);
  const [created, setCreated] = useState<Created | null>(null);
  const { resource, parent } = place;
  const presets = usePresets(resource);
  const path = collectionPath(resource, parent?.id);
  const title = t("item.newTitle", { what: names.singular(resource) });
  useTitle(title);
  const save = async (body: Record<string, unknown>) => {
    const made = await createItem(path, body);
    await client.invalidateQueries({ queryKey: ["collection"] });
    setDirty(false);
    toasts.show(t("item.created"));
    if (made.secret) setCreated(made);
    else leave(made.id);
  };
  const leave = (id: string) =>
    void navigate(parent ? listAddress(place) : id ? `/${resource.name}/${id}` : listAddress(place));
  return (
    <div className="page">
      <Crumbs place={place} name={t("list.new")} />
      <h1>{title}</h1>
      <section className="card">
        <div className="card__body">
          <ItemForm
            resource={resource}
            item={null}
            presets={presets}
            parentId={parent?.id}
            onSave={save}
            onDirty={setDirty}
          />
        </div>
      </section>
      {guard}
      {created && (
        <SecretDialog name={created.name} secret={created.secret} onClose={() => leave(created.id)} />
      )}
    </div>
  );
}

function ItemActions({ place, item, canWrite }: { place: Place; item: Item; canWrite: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"none" | "export" | "delete">("none");
  const { resource, id, parent } = place;
  const path = itemPath(resource, id, parent?.id);
  const name = labelOf(resource, item);
  const isProtected = resource.protected_ids?.includes(Number(id)) === true;

  const clone = async () => {
    const copy = await api.create(`${path}/clone`);
    await client.invalidateQueries({ queryKey: ["collection"] });
    toasts.show(t("item.cloned", { name }));
    if (copy) void navigate(`/${resource.name}/${copy}`);
  };
  const remove = async () => {
    await api.remove(path);
    client.removeQueries({
      queryKey: [...collectionKey(collectionPath(resource, parent?.id)), "item", path],
    });
    toasts.show(t("item.deleted", { name }));
    void navigate(listAddress(place));
    await client.invalidateQueries({ queryKey: ["collection"] });
  };
  return (
    <div className="page__tools">
      {resource.can.includes("clone") && canWrite && (
        <Button icon={<Copy size={16} />} onClick={() => void clone()}>
          {t("item.clone")}
        </Button>
      )}
      {resource.can.includes("export") && (
        <Button icon={<FileDown size={16} />} onClick={() => setDialog("export")}>
          {t("item.export")}
        </Button>
      )}
      {resource.can.includes("delete") && canWrite && (
        <Button
          icon={<Trash2 size={16} />}
          disabled={isProtected}
          title={isProtected ? t("item.protected") : undefined}
          onClick={() => setDialog("delete")}
        >
          {t("item.delete")}
        </Button>
      )}
      {dialog === "export" && <ExportDialog path={path} name={name} onClose={() => setDialog("none")} />}
      {dialog === "delete" && (
        <DeleteDialog
          resource={resource}
          path={path}
          name={name}
          onDelete={remove}
          onClose={() => setDialog("none")}
        />
      )}
    </div>
  );
}

/** With more relations than this, the sections stand beside the item instead of above it. */
const MOST_TABS = 5;

function Tabs({ place, active }: { place: Place; active: string }) {
  const { t } = useTranslation();
  const names = useNames();
  const { resources } = useDescription();
  const { resource, id, parent } = place;
  const extras = parent ? [] : (EXTRAS[resource.name] ?? []);
  if (resource.relations.length + extras.length === 0) return null;
  // Where an item is used stands apart from what it has; what stands below it is its own.
  const isUse = ({ kind, resource: of }: Relation) => kind === "view" && of !== resource.name;
  const uses = resource.relations.filter(isUse);
  const own = resource.relations.filter((relation) => !isUse(relation));
  const link = (relation: Relation) => (
    <Link
      key={relation.name}
      to={`/${resource.name}/${id}/${relation.name}`}
      className="tabs__item"
      aria-current={active === relation.name ? "page" : undefined}
    >
      {names.relation(
        relation,
        resources.find((r) => r.name === relation.resource),
      )}
    </Link>
  );
  return (
    <nav className="tabs" aria-label={t("item.tabs")}>
      <Link
        to={`/${resource.name}/${id}`}
        className="tabs__item"
        aria-current={active === "" ? "page" : undefined}
      >
        {t("item.details")}
      </Link>
      {extras.map((extra) => (
        <Link
          key={extra.name}
          to={`/${resource.name}/${id}/${extra.name}`}
          className="tabs__item"
          aria-current={active === extra.name ? "page" : undefined}
        >
          {t(`extra.${extra.name}`)}
        </Link>
      ))}
      {own.map(link)}
      {uses.length > 0 && <span className="tabs__head">{t("item.usedIn")}</span>}
      {uses.map(link)}
    </nav>
  );
}

function Details({ place, item, locked }: { place: Place; item: Item; locked: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { isDirty, setDirty } = useDirty();
  const guard = useUnsaved(isDirty);
  const { resource, id, parent } = place;
  const [version, setVersion] = useState(0);
  const put = async (body: Record<string, unknown>) => {
    await api.put(itemPath(resource, id, parent?.id), { data: body });
    await client.invalidateQueries({ queryKey: ["collection"] });
  };
  const save = async (body: Record<string, unknown>) => {
    const sent = resource.fields.filter((field) => isSent(field, false));
    const before = toBody(resource.fields, initialValues(sent, item), false);
    const undo = async () => {
      try {
        await put(before);
        // The form starts anew from what is stored.
        setVersion((last) => last + 1);
        toasts.show(t("item.undone"));
      } catch (error) {
        toasts.show(describeError(error, t), { tone: "critical" });
      }
    };
    await put(body);
    toasts.show(t("item.saved"), { action: { label: t("bind.undo"), run: () => void undo() } });
  };
  return (
    <section className="card">
      <div className="card__body">
        <ItemForm
          key={version}
          resource={resource}
          item={item}
          parentId={parent?.id}
          locked={locked}
          onSave={save}
          onDirty={setDirty}
        />
      </div>
      {guard}
    </section>
  );
}

interface Section {
  relation: Relation | undefined;
  extra: Extra | undefined;
}

function ExistingItem({ place, section }: { place: Place; section: Section }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { resource, id, parent } = place;
  const { relation, extra } = section;
  const query = useItem(resource, id, parent?.id);
  const item = query.data;
  const name = item ? labelOf(resource, item) : `#${id}`;
  useTitle(name);
  const canWrite = user?.isReadOnly !== true;
  const locked = !canWrite ? t("item.readOnly") : resource.can.includes("update") ? "" : t("item.fixed");
  return (
    <div className="page">
      <Crumbs place={place} name={name} />
      <div className="page__head">
        <h1>{name}</h1>
        {item && <ItemActions place={place} item={item} canWrite={canWrite} />}
      </div>
      <div className={resource.relations.length > MOST_TABS ? "item item--sided" : "item"}>
        <Tabs place={place} active={relation?.name ?? extra?.name ?? ""} />
        <div className="item__body">
          {query.isPending && <Skeleton height={360} />}
          {query.isError && !item && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
          {item && extra && (
            <Suspense fallback={<Skeleton height={240} />}>
              <extra.Component key={id} resource={resource} id={id} />
            </Suspense>
          )}
          {item && !relation && !extra && <Details key={id} place={place} item={item} locked={locked} />}
          {item && relation && (
            <RelationTab
              key={`${id}-${relation.name}`}
              resource={resource}
              id={id}
              relation={relation}
              canWrite={canWrite}
            />
          )}
        </div>
      </div>
    </div>
  );
}

const NO_SECTION: Section = { relation: undefined, extra: undefined };

/** One item: its form, its relations and what else it has; or the form of a new one. */
export default function ItemPage() {
  const { resource: name, id = "", tab, child } = useParams();
  const { resources } = useDescription();
  const resource = useResource(name);
  if (!resource || (isChild(resource) && !child)) return <NotFound />;
  const relation = tab ? resource.relations.find((r) => r.name === tab) : undefined;
  const extra = tab ? EXTRAS[resource.name]?.find((one) => one.name === tab) : undefined;
  if (tab && !relation && !extra) return <NotFound />;
  if (child && relation) {
    const target = resources.find((r) => r.name === relation.resource);
    if (!target) return <NotFound />;
    const place: Place = { resource: target, id: child, parent: { resource, id, tab: relation.name } };
    return child === "new" ? (
      <NewItem place={place} />
    ) : (
      <ExistingItem key={child} place={place} section={NO_SECTION} />
    );
  }
  if (id === "new") return <NewItem key={resource.name} place={{ resource, id }} />;
  return (
    <ExistingItem key={`${resource.name}-${id}`} place={{ resource, id }} section={{ relation, extra }} />
  );
}
