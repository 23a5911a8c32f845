/** Facts about the site that every page needs. */
export interface Site {
  name: string;
  timeZone: string;
  currency: string;
}

export interface SiteAnswer {
  name: string;
  time_zone: string;
  currency: string;
}

export const SITE_PATH = "/v1/site";

const KEPT = "ems.site";

export function toSite(answer: SiteAnswer): Site {
  return { name: answer.name, timeZone: answer.time_zone, currency: answer.currency };
}

/** Remember the site for the next visit. */
export function keepSite(site: Site): void {
  localStorage.setItem(KEPT, JSON.stringify(site));
}

/** The site of the last visit: pages begin with it while the present one is asked for. */
export function keptSite(): Site | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "null") as Partial<Site> | null;
    if (typeof found?.timeZone !== "string" || typeof found.currency !== "string") return undefined;
    return { name: found.name ?? "", timeZone: found.timeZone, currency: found.currency };
  } catch {
    return undefined;
  }
}
