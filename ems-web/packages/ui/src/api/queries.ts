import { QueryClient } from "@tanstack/react-query";
import { isRetryable } from "./errors";

const RETRIES = 2;

/** One client per front end: short-lived freshness, retries only for what can heal by itself. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        retry: (count, error) => count < RETRIES && isRetryable(error),
        retryDelay: (count) => 500 * 2 ** count,
      },
      mutations: { retry: false },
    },
  });
}
