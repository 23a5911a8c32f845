import { api } from "@ems/ui";
import { useQueries, useQuery } from "@tanstack/react-query";
import { collectionKey } from "../model/queries";
import type { Term } from "../relations/terms";

export interface SpaceNode {
  id: number;
  name: string;
  children?: readonly SpaceNode[];
}

export interface Row {
  node: SpaceNode;
  depth: number;
  hasChildren: boolean;
  isOpen: boolean;
}

/** The rows in view: the root, and what stands below open ones. */
export function visibleRows(root: SpaceNode, open: ReadonlySet<number>): Row[] {
  const rows: Row[] = [];
  const walk = (node: SpaceNode, depth: number) => {
    const hasChildren = (node.children?.length ?? 0) > 0;
    const isOpen = open.has(node.id);
    rows.push({ node, depth, hasChildren, isOpen });
    if (isOpen) for (const child of node.children ?? []) walk(child, depth + 1);
  };
  walk(root, 0);
  return rows;
}

/** Kinds of meters: relation of a space and resource alike. */
export const METERS = ["meters", "virtualmeters", "offlinemeters"] as const;
export type MeterKind = (typeof METERS)[number];

export interface BoundMeter {
  id: number;
  kind: MeterKind;
  name: string;
  categoryId: number | null;
  terms: readonly Term[];
}

interface MeterAnswer {
  id: number;
  name: string;
  energy_category_id?: number | null;
  energy_category?: { id: number; name: string } | null;
  terms?: readonly Term[];
}

export interface Category {
  id: number;
  name: string;
}

export function useSpaceTree() {
  return useQuery({
    queryKey: ["space-tree"],
    queryFn: ({ signal }) => api.get<SpaceNode>("/spaces/tree", { signal }),
  });
}

export function useCategories() {
  return useQuery({
    queryKey: [...collectionKey("/energycategories"), "names"],
    queryFn: ({ signal }) =>
      api.get<Category[]>("/v1/energycategories", { query: { fields: "id,name" }, signal }),
  });
}

function categoryOf(meter: MeterAnswer): number | null {
  return meter.energy_category?.id ?? meter.energy_category_id ?? null;
}

/** What is bound to each space in view, with its terms. */
export function useBound(spaceIds: readonly number[]): ReadonlyMap<number, readonly BoundMeter[]> {
  return useQueries({
    queries: spaceIds.map((id) => ({
      queryKey: ["collection", "space-meters", id],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const lists = await Promise.all(
          METERS.map((kind) => api.get<MeterAnswer[]>(`/v1/spaces/${id}/${kind}`, { signal })),
        );
        return METERS.flatMap((kind, i) =>
          (lists[i] ?? []).map((meter) => ({
            id: meter.id,
            kind,
            name: meter.name,
            categoryId: categoryOf(meter),
            terms: meter.terms ?? [],
          })),
        );
      },
    })),
    combine: (results) =>
      new Map(
        spaceIds.flatMap((id, i) => {
          const data = results[i]?.data;
          return data ? [[id, data] as const] : [];
        }),
      ),
  });
}
