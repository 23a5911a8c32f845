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

const KEPT = "ems.site";

/** The site of the last visit: pages begin with it while the present one is asked for. */
function keptSite(): Site | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "null") as Partial<Site> | null;
    if (typeof found?.timeZone !== "string" || typeof found.currency !== "string") return undefined;
    return { name: found.name ?? "", timeZone: found.timeZone, currency: found.currency };
  } catch {
    return undefined;
  }
}

const siteQuery = queryOptions({
  queryKey: ["site"],
  initialData: keptSite,
  initialDataUpdatedAt: 0,
  staleTime: 3_600_000,
  queryFn: async ({ signal }): Promise<Site> => {
    try {
      const answer = await api.get<SiteAnswer>("/v1/site", { signal });
      const site = { name: answer.name, timeZone: answer.time_zone, currency: answer.currency };
      localStorage.setItem(KEPT, JSON.stringify(site));
      return site;
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
