import { api, type QueryValue } from "@ems/ui";
import { keepPreviousData, useQuery } from "@tanstack/react-query";

export interface UseApiOptions {
  isEnabled?: boolean;
  /** Asked for again so often [ms]. */
  everyMs?: number;
  staleMs?: number;
}

const STALE_MS = 30_000;

/** An answer of the API, cached by its address; old data stays while new loads. */
export function useApi<T>(path: string, query: Record<string, QueryValue> = {}, options: UseApiOptions = {}) {
  return useQuery({
    queryKey: ["api", path, query],
    enabled: options.isEnabled ?? true,
    refetchInterval: options.everyMs ?? false,
    staleTime: options.staleMs ?? STALE_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<T>(path, { query, signal }),
  });
}
