import { buildUrl } from "@ems/ui/api/client";
import { askEarly } from "@ems/ui/api/early";
import { apiName, firstLanguage } from "@ems/ui/i18n/language";
import { wallClock } from "@ems/ui/time/local";
import { KPI_KINDS } from "../home/kinds";
import { FLOW_PATH, HISTORY_PATH, HISTORY_QUERY } from "../live/paths";
import { QUICK, reportParameters } from "../reports/parameters";
import { type Period, readPeriod, readSpaceId } from "../state/address";
import { keptSite, SITE_PATH, type Site, type SiteAnswer, toSite } from "../state/keptSite";
import { NEW_MESSAGES_PATH, TREE_PATH } from "../state/paths";

/** Ask, and read a copy of the answer: the page takes the answer itself. */
async function askAndRead<T>(path: string): Promise<T | null> {
  const answer = await askEarly(buildUrl(path));
  return answer?.ok ? ((await answer.clone().json()) as T) : null;
}

/** A space as far as the begin of a visit looks at it. */
interface Space {
  id: number;
  name: string;
  children?: Space[];
}

function findSpace(space: Space, id: number): Space | undefined {
  if (space.id === id) return space;
  for (const child of space.children ?? []) {
    const found = findSpace(child, id);
    if (found) return found;
  }
  return undefined;
}

/** Where and when the first page is about. */
export interface FirstView {
  space: Space;
  site: Site;
  period: Period;
}

async function firstView(
  siteAnswer: Promise<SiteAnswer | null>,
  treeAnswer: Promise<Space | null>,
): Promise<FirstView | null> {
  const params = new URLSearchParams(window.location.search);
  const asked = keptSite() ? null : await siteAnswer;
  const site = keptSite() ?? (asked && toSite(asked));
  const tree = await treeAnswer;
  const space = tree && findSpace(tree, readSpaceId(params) ?? tree.id);
  if (!site || !space) return null;
  return { space, site, period: readPeriod(params, wallClock(Date.now(), site.timeZone)) };
}

function askForHeadlines({ space, period }: FirstView): void {
  const query = reportParameters("space", space.id, period, apiName(firstLanguage()));
  for (const kind of KPI_KINDS) void askEarly(buildUrl(`/v1/reports/space${kind}`, { ...query, ...QUICK }));
}

/**
 * Send the requests of the first page while its code still loads; whoever wants an answer takes it.
 *
 * Nothing depends on it: what fails here is asked for again by the page, which tells of the failure.
 *
 * @returns What the home page is about, null on other pages and when it could not be known.
 */
export async function askForFirstPage(): Promise<FirstView | null> {
  const site = askAndRead<SiteAnswer>(SITE_PATH).catch(() => null);
  const tree = askAndRead<Space>(TREE_PATH).catch(() => null);
  void askEarly(buildUrl(NEW_MESSAGES_PATH));
  if (window.location.pathname !== "/") return null;
  void askEarly(buildUrl(FLOW_PATH));
  void askEarly(buildUrl(HISTORY_PATH, HISTORY_QUERY));
  const view = await firstView(site, tree);
  if (view) askForHeadlines(view);
  return view;
}
