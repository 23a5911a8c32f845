import { api } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMay } from "../../state/me";
import { useSite } from "../../state/site";
import { useParam } from "../../state/useParam";
import { usePeriodQuery } from "../../state/usePeriodQuery";
import { useViewPath } from "../../state/ViewLink";
import { useView } from "../../state/view";
import { readBatch } from "../batch";
import type { EntityDeclaration, ReportDeclaration } from "../declarations";
import type { Json } from "../json";
import { type EntityItem, EntityKindSelect, ItemPicker } from "./ItemPicker";

/** Which entity the report is about, and how far that is known. */
export type Selection =
  | { state: "loading"; items: readonly EntityItem[] }
  | { state: "error"; items: readonly EntityItem[]; error: unknown; retry: () => void }
  | { state: "empty"; items: readonly EntityItem[] }
  | { state: "chosen"; items: readonly EntityItem[]; id: number };

interface Producer {
  id: number;
  is_output_counted: boolean;
}

/** Those whose output counts before the others, of whose output there is nothing to tell. */
async function producersFirst(
  items: EntityItem[],
  entity: EntityDeclaration,
  signal: AbortSignal,
): Promise<EntityItem[]> {
  const query = { fields: "id,is_output_counted" };
  const told = await api.get<Producer[]>(`/v1/${entity.collection}`, { query, signal });
  const ids = new Set(told.filter((one) => one.is_output_counted).map((one) => one.id));
  return items.toSorted((a, b) => Number(ids.has(b.id)) - Number(ids.has(a.id)));
}

/**
 * The entities of a kind that are bound to the space; where none is, those of all spaces below it.
 *
 * Tenants and stores are bound to the rooms they rent, so a campus has none of its own.
 */
export function useEntityItems(entity: EntityDeclaration, ofOutput = false) {
  const mayList = useMay("equipment", "read");
  const isSorted = ofOutput && mayList;
  const { spaceId } = useView();
  const { currency } = useSite();
  const period = usePeriodQuery();
  return useQuery({
    queryKey: ["spaces", spaceId, entity.collection, isSorted],
    enabled: entity.collection !== "" && spaceId !== null,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<EntityItem[]> => {
      const bound = await api.get<EntityItem[]>(`/v1/spaces/${spaceId}/${entity.collection}`, { signal });
      if (bound.length > 0) return isSorted ? producersFirst(bound, entity, signal) : bound;
      const query = { ...period, spaceid: spaceId };
      const below = await api.get<Json>(`/v1/reports/${entity.kind}batch`, { query, signal });
      const found = readBatch(below, entity.kind, currency).rows.map(({ id, name }) => ({ id, name }));
      return isSorted ? producersFirst(found, entity, signal) : found;
    },
  });
}

/** The entity in the address; without one the first of the space, for reports of output the first with any. */
export function useEntity(entity: EntityDeclaration, ofOutput = false): Selection {
  const [text] = useParam("id");
  const { spaceId } = useView();
  const query = useEntityItems(entity, ofOutput);
  if (entity.collection === "") {
    return spaceId === null ? { state: "loading", items: [] } : { state: "chosen", items: [], id: spaceId };
  }
  const items = query.data ?? [];
  const id = (Number(text) || null) ?? items[0]?.id;
  if (id !== undefined && id !== null) return { state: "chosen", items, id };
  if (query.isError) return { state: "error", items, error: query.error, retry: () => void query.refetch() };
  return query.isSuccess ? { state: "empty", items } : { state: "loading", items };
}

interface KindSelectProps {
  report: ReportDeclaration;
  entity: EntityDeclaration;
}

function KindSelect({ report, entity }: KindSelectProps) {
  const navigate = useNavigate();
  const path = useViewPath();
  return (
    <EntityKindSelect
      kinds={report.entities}
      kind={entity.kind}
      onChoose={(kind) => void navigate(path(`/report/${kind}/${report.kind}`))}
    />
  );
}

function ItemSelect({ entity, selection }: { entity: EntityDeclaration; selection: Selection }) {
  const { t } = useTranslation();
  const [, setId] = useParam("id");
  return (
    <ItemPicker
      label={t("entity.chooseOne", { kind: t(`entity.${entity.kind}.name`) })}
      items={selection.items}
      id={selection.state === "chosen" ? selection.id : null}
      onChoose={(id) => setId(String(id), true)}
    />
  );
}

/** What the report is about: the kind of entity and, below a space, which one. */
export function EntityPicker({ report, entity, selection }: KindSelectProps & { selection: Selection }) {
  return (
    <>
      <KindSelect report={report} entity={entity} />
      {entity.collection !== "" && <ItemSelect entity={entity} selection={selection} />}
    </>
  );
}
