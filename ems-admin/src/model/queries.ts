import { api, type QueryValue } from "@ems/ui";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { collectionPath, itemPath, type Resource } from "./description";
import type { Item } from "./values";

/** Key under which everything of a collection is cached; writes invalidate it. */
export function collectionKey(path: string): readonly string[] {
  return ["collection", path];
}

/** The items at a path. */
export function useItems(path: string, query: Record<string, QueryValue> = {}, enabled = true) {
  return useQuery({
    queryKey: [...collectionKey(path), query],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<Item[]>(path, { query, signal }),
  });
}

/** The items of a resource, searched by the server where it can. */
export function useList(resource: Resource, search: string) {
  return useItems(collectionPath(resource), resource.search ? { q: search } : {});
}

/** One item. */
export function useItem(resource: Resource, id: string, parentId?: string) {
  const path = itemPath(resource, id, parentId);
  return useQuery({
    queryKey: [...collectionKey(collectionPath(resource, parentId)), "item", path],
    queryFn: ({ signal }) => api.get<Item>(path, { signal }),
    staleTime: 0,
  });
}
