import { ApiError, api, type LocalTime, useNow, wallClock } from "@ems/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";

/** Facts about the site that every page needs. */
export interface Site {
  name: string;
  timeZone: string;
  currency: string;
}

interface SiteAnswer {
  name: string;
  time_zone: string;
  currency: string;
}

/** What is assumed when the API does not tell: the browser's own zone. */
function browserSite(): Site {
  return { name: "", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: "" };
}

const siteQuery = queryOptions({
  queryKey: ["site"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }): Promise<Site> => {
    try {
      const answer = await api.get<SiteAnswer>("/v1/site", { signal });
      return { name: answer.name, timeZone: answer.time_zone, currency: answer.currency };
    } catch (error) {
      if (error instanceof ApiError && error.kind === "unsupported") return browserSite();
      throw error;
    }
  },
});

/** The site; until it is known, the browser's zone stands in. */
export function useSite(): Site {
  return useQuery(siteQuery).data ?? browserSite();
}

/** True once the site's zone is known (or known to be unknown). */
export function useSiteReady(): boolean {
  const query = useQuery(siteQuery);
  return query.isSuccess || query.isError;
}

const CLOCK_MS = 30_000;

/** The site's wall clock, to the half minute. */
export function useLocalNow(): LocalTime {
  const { timeZone } = useSite();
  return wallClock(useNow(CLOCK_MS), timeZone);
}
