import { buildUrl } from "@ems/ui/api/client";
import { askEarly } from "@ems/ui/api/early";
import { apiName, firstLanguage } from "@ems/ui/i18n/language";
import { sessionStore } from "@ems/ui/session/store";
import { wallClock } from "@ems/ui/time/local";
import { KPI_KINDS } from "../home/kinds";
import { FLOW_PATH, HISTORY_PATH, HISTORY_QUERY, LIVE_METERS_PATH } from "../live/paths";
import { QUICK, reportParameters } from "../reports/parameters";
import { type Period, readPeriod, readSpaceId } from "../state/address";
import { keptSite, SITE_PATH, type Site, type SiteAnswer, toSite } from "../state/keptSite";
import { mayOpenWith, type Permissions } from "../state/modules";
import { ME_PATH, NEW_MESSAGES_PATH, TREE_PATH } from "../state/paths";

/** Ask, and read a copy of the answer: the page takes the answer itself. Null when there is none to read. */
async function askAndRead<T>(path: string): Promise<T | null> {
  try {
    const answer = await askEarly(buildUrl(path));
    return answer?.ok ? ((await answer.clone().json()) as T) : null;
  } catch {
    return null;
  }
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

/** When the first page is about. */
export interface FirstTime {
  site: Site;
  period: Period;
}

/** Where and when the first page is about; each is null where it could not be known. */
export interface FirstView {
  when: Promise<FirstTime | null>;
  space: Promise<Space | null>;
}

async function firstTime(asked: Promise<SiteAnswer | null>): Promise<FirstTime | null> {
  const answer = keptSite() ? null : await asked;
  const site = keptSite() ?? (answer && toSite(answer));
  const params = new URLSearchParams(window.location.search);
  return site && { site, period: readPeriod(params, wallClock(Date.now(), site.timeZone)) };
}

async function firstSpace(asked: Promise<Space | null>): Promise<Space | null> {
  const tree = await asked;
  const id = readSpaceId(new URLSearchParams(window.location.search));
  return (tree && findSpace(tree, id ?? tree.id)) ?? null;
}

type MayOpen = (path: string) => boolean;

/** What the user may open: administrators everything, the others what the API says. */
async function askForRights(): Promise<MayOpen> {
  if (sessionStore.get().user?.isAdmin) return () => true;
  const me = await askAndRead<{ permissions: Permissions }>(ME_PATH);
  return (path) => me !== null && mayOpenWith(me.permissions, path);
}

async function askForMeters(tree: Promise<Space | null>, rights: Promise<MayOpen>): Promise<void> {
  const root = await tree;
  const mayOpen = await rights;
  if (root && mayOpen("/meters")) void askEarly(buildUrl(LIVE_METERS_PATH, { spaceid: root.id }));
}

async function askForFlow(rights: Promise<MayOpen>): Promise<void> {
  const mayOpen = await rights;
  if (!mayOpen("/flow")) return;
  void askEarly(buildUrl(FLOW_PATH));
  void askEarly(buildUrl(HISTORY_PATH, HISTORY_QUERY));
}

async function askForHeadlines({ when, space }: FirstView, rights: Promise<MayOpen>): Promise<void> {
  const [time, place, mayOpen] = await Promise.all([when, space, rights]);
  if (!time || !place) return;
  const query = reportParameters("space", place.id, time.period, apiName(firstLanguage()));
  const kinds = KPI_KINDS.filter((kind) => mayOpen(`/report/space/${kind}`));
  for (const kind of kinds) void askEarly(buildUrl(`/v1/reports/space${kind}`, { ...query, ...QUICK }));
}

/**
 * Send the requests of the first page while its code still loads; whoever wants an answer takes it.
 *
 * Nothing depends on it: what fails here is asked for again by the page, which tells of the failure.
 *
 * @returns What the home page is about, null on other pages.
 */
export function askForFirstPage(): FirstView | null {
  const site = askAndRead<SiteAnswer>(SITE_PATH);
  const tree = askAndRead<Space>(TREE_PATH);
  const rights = askForRights();
  if (window.location.pathname !== "/") {
    void askEarly(buildUrl(NEW_MESSAGES_PATH));
    return null;
  }
  const view = { when: firstTime(site), space: firstSpace(tree) };
  void askForHeadlines(view, rights);
  void askForMeters(tree, rights);
  void askForFlow(rights);
  void askEarly(buildUrl(NEW_MESSAGES_PATH));
  return view;
}
