import { buildUrl } from "@ems/ui/api/client";
import { askEarly } from "@ems/ui/api/early";
import { apiName, firstLanguage } from "@ems/ui/i18n/language";
import { wallClock } from "@ems/ui/time/local";
import { KPI_KINDS } from "../home/kinds";
import { FLOW_PATH, HISTORY_PATH, HISTORY_QUERY } from "../live/paths";
import { QUICK, reportParameters } from "../reports/parameters";
import { readPeriod, readSpaceId } from "../state/address";
import { keptSite, SITE_PATH, type SiteAnswer, toSite } from "../state/keptSite";
import { NEW_MESSAGES_PATH, TREE_PATH } from "../state/paths";

/** Ask, and read a copy of the answer: the page takes the answer itself. */
async function askAndRead<T>(path: string): Promise<T | null> {
  const answer = await askEarly(buildUrl(path));
  return answer?.ok ? ((await answer.clone().json()) as T) : null;
}

async function askForHeadlines(
  site: Promise<SiteAnswer | null>,
  tree: Promise<{ id: number } | null>,
): Promise<void> {
  const params = new URLSearchParams(window.location.search);
  const answer = keptSite() ? null : await site;
  const known = keptSite() ?? (answer && toSite(answer));
  const spaceId = readSpaceId(params) ?? (await tree)?.id;
  if (!known || spaceId === undefined) return;
  const period = readPeriod(params, wallClock(Date.now(), known.timeZone));
  const query = reportParameters("space", spaceId, period, apiName(firstLanguage()));
  for (const kind of KPI_KINDS) void askEarly(buildUrl(`/reports/space${kind}`, { ...query, ...QUICK }));
}

/**
 * Send the requests of the first page while its code still loads; whoever wants an answer takes it.
 *
 * Nothing depends on it: what fails here is asked for again by the page, which tells of the failure.
 */
export function askForFirstPage(): void {
  const site = askAndRead<SiteAnswer>(SITE_PATH).catch(() => null);
  const tree = askAndRead<{ id: number }>(TREE_PATH).catch(() => null);
  if (window.location.pathname === "/") {
    void askEarly(buildUrl(FLOW_PATH));
    void askEarly(buildUrl(HISTORY_PATH, HISTORY_QUERY));
    void askForHeadlines(site, tree);
  }
  void askEarly(buildUrl(NEW_MESSAGES_PATH));
}
