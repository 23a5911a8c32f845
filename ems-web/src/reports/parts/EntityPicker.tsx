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
  /** The efficiency it should have; 0 where nobody looks at it. */
  efficiency_indicator: number;
}

/** How much a report of output, or of efficiency, has to tell of something. */
function worth(producer: Producer, report: ReportDeclaration): number {
  const looksAtRatio = report.kind === "efficiency" && producer.efficiency_indicator > 0;
  return (looksAtRatio ? 2 : 0) + (producer.is_output_counted ? 1 : 0);
}

/** Those of whose output there is something to tell before the others. */
async function producersFirst(
  items: EntityItem[],
  entity: EntityDeclaration,
  report: ReportDeclaration,
  signal: AbortSignal,
): Promise<EntityItem[]> {
  const query = { fields: "id,is_output_counted,efficiency_indicator" };
  const told = await api.get<Producer[]>(`/v1/${entity.collection}`, { query, signal });
  const worths = new Map(told.map((one) => [one.id, worth(one, report)]));
  return items.toSorted((a, b) => (worths.get(b.id) ?? 0) - (worths.get(a.id) ?? 0));
}

/**
 * The entities of a kind that are bound to the space; where none is, those of all spaces below it.
 *
 * Tenants and stores are bound to the rooms they rent, so a campus has none of its own.
 */
export function useEntityItems(entity: EntityDeclaration, report?: ReportDeclaration) {
  const mayList = useMay("equipment", "read");
  const sorting = mayList && report?.ofOutput ? report : null;
  const { spaceId } = useView();
  const { currency } = useSite();
  const period = usePeriodQuery();
  return useQuery({
    queryKey: ["spaces", spaceId, entity.collection, sorting?.kind ?? ""],
    enabled: entity.collection !== "" && spaceId !== null,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<EntityItem[]> => {
      const bound = await api.get<EntityItem[]>(`/v1/spaces/${spaceId}/${entity.collection}`, { signal });
      if (bound.length > 0) return sorting ? producersFirst(bound, entity, sorting, signal) : bound;
      const query = { ...period, spaceid: spaceId };
      const below = await api.get<Json>(`/v1/reports/${entity.kind}batch`, { query, signal });
      const found = readBatch(below, entity.kind, currency).rows.map(({ id, name }) => ({ id, name }));
      return sorting ? producersFirst(found, entity, sorting, signal) : found;
    },
  });
}

/** The entity in the address; without one the first of the space, for reports of output the first with any. */
export function useEntity(entity: EntityDeclaration, report?: ReportDeclaration): Selection {
  const [text] = useParam("id");
  const { spaceId } = useView();
  const query = useEntityItems(entity, report);
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
