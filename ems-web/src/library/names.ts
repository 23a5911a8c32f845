import { api } from "@ems/ui";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { type EntityKind, findEntity } from "../reports/declarations";
import type { EntityItem } from "../reports/parts/ItemPicker";
import { listSpaces, useSpaceTree } from "../state/spaces";

const STALE_MS = 5 * 60_000;

/** Everything of a kind that the user may see, by name; spaces in the order of their tree. */
export function useItems(kinds: readonly EntityKind[]): Map<EntityKind, readonly EntityItem[]> {
  const tree = useSpaceTree();
  const listed = [...new Set(kinds)].filter((kind) => kind !== "space");
  const answers = useQueries({
    queries: listed.map((kind) => {
      const path = `/v1/${findEntity(kind)?.collection ?? kind}`;
      const query = { fields: "id,name", sort: "name" };
      return {
        queryKey: ["api", path, query],
        staleTime: STALE_MS,
        queryFn: ({ signal }: { signal: AbortSignal }) => api.get<EntityItem[]>(path, { query, signal }),
      };
    }),
  });
  const spaces = useMemo(
    () => (tree.data ? listSpaces(tree.data).map(({ space }) => ({ id: space.id, name: space.name })) : []),
    [tree.data],
  );
  return new Map<EntityKind, readonly EntityItem[]>([
    ["space", spaces],
    ...listed.map((kind, i) => [kind, answers[i]?.data ?? []] as const),
  ]);
}
