import { ApiError, api, type LocalTime, useNow, wallClock } from "@ems/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { keepSite, keptSite, SITE_PATH, type Site, type SiteAnswer, toSite } from "./keptSite";

/** What is assumed when the API does not tell: the browser's own zone. */
function browserSite(): Site {
  return { name: "", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: "" };
}

export const siteQuery = queryOptions({
  queryKey: ["site"],
  initialData: keptSite,
  initialDataUpdatedAt: 0,
  staleTime: 3_600_000,
  queryFn: async ({ signal }): Promise<Site> => {
    try {
      const answer = await api.get<SiteAnswer>(SITE_PATH, { signal });
      const site = toSite(answer);
      keepSite(site);
      return site;
    } catch (error) {
      const isKeptBack = error instanceof ApiError && ["unsupported", "denied"].includes(error.kind);
      if (isKeptBack) return browserSite();
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
