import { ApiError, api, type QueryValue, sendInSession } from "@ems/ui";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { collectionPath, itemPath, type Resource } from "./description";
import type { Item } from "./values";

/** Key under which everything of a collection is cached; writes invalidate it. */
export function collectionKey(path: string): readonly string[] {
  return ["collection", path];
}

/**
 * The items at a path.
 *
 * Read under `/v1`: there read-only administrators see all that is configured, and bindings come with terms.
 */
export function useItems(path: string, query: Record<string, QueryValue> = {}, enabled = true) {
  return useQuery({
    queryKey: [...collectionKey(path), query],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<Item[]>(`/v1${path}`, { query, signal }),
  });
}

/** What part of a list is wanted. */
export interface ListQuery {
  q: string;
  /** Member of the items, with a minus for descending; empty for the order of keys. */
  sort: string;
  page: number;
  limit: number;
}

export interface ListPart {
  items: Item[];
  /** How many there are altogether. */
  total: number;
}

/** A part of the items at a path, and how many there are. */
export async function readPart(path: string, query: ListQuery, signal?: AbortSignal): Promise<ListPart> {
  const response = await sendInSession("GET", `/v1${path}`, { query: { ...query }, signal });
  const items = (await response.json()) as Item[];
  return { items, total: Number(response.headers.get("X-Total-Count") ?? items.length) };
}

/** A page of the items of a resource: searched, sorted and cut by the server. */
export function useListPart(resource: Resource, query: ListQuery) {
  const path = collectionPath(resource);
  return useQuery({
    queryKey: [...collectionKey(path), "part", query],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => readPart(path, query, signal),
  });
}

const LARGEST_PAGE = 1_000;

/** All items that a search finds, however many pages they fill. */
export async function readAll(resource: Resource, query: Pick<ListQuery, "q" | "sort">): Promise<Item[]> {
  const path = collectionPath(resource);
  const items: Item[] = [];
  for (let page = 1; ; page++) {
    const part = await readPart(path, { ...query, page, limit: LARGEST_PAGE });
    items.push(...part.items);
    if (part.items.length === 0 || items.length >= part.total) return items;
  }
}

async function readItem(resource: Resource, path: string, id: string, signal: AbortSignal): Promise<Item> {
  if (resource.can.includes("read")) return api.get<Item>(`/v1${path}`, { signal });
  // A few resources are only listed.
  const items = await api.get<Item[]>(`/v1${collectionPath(resource)}`, { signal });
  const item = items.find((one) => String(one[resource.identity]) === id);
  if (!item) throw new ApiError(404, "API.NOT_FOUND", "missing");
  return item;
}

/** One item. */
export function useItem(resource: Resource, id: string, parentId?: string) {
  const path = itemPath(resource, id, parentId);
  return useQuery({
    queryKey: [...collectionKey(collectionPath(resource, parentId)), "item", path],
    queryFn: ({ signal }) => readItem(resource, path, id, signal),
    staleTime: 0,
  });
}
