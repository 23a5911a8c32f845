import { wallClock } from "@ems/ui";
import type { QueryClient } from "@tanstack/react-query";
import { flowQuery } from "../live/useLiveFlow";
import { findReport } from "../reports/declarations";
import { reportQuery } from "../reports/query";
import { readPeriod, readSpaceId } from "../state/address";
import { meQuery } from "../state/me";
import { mayOpenWith } from "../state/modules";
import { siteQuery } from "../state/site";
import { spaceTreeQuery } from "../state/spaces";
import { KPI_KINDS } from "./kinds";

async function fetchFigures(client: QueryClient, isAdmin: boolean): Promise<void> {
  const [site, tree, me] = await Promise.all([
    client.ensureQueryData(siteQuery),
    client.ensureQueryData(spaceTreeQuery),
    isAdmin ? null : client.ensureQueryData(meQuery),
  ]);
  const mayOpen = (path: string) => me === null || mayOpenWith(me.permissions, path);
  const params = new URLSearchParams(window.location.search);
  const now = wallClock(Date.now(), site.timeZone);
  const period = readPeriod(params, now);
  const id = readSpaceId(params) ?? tree.id;
  const reports = KPI_KINDS.filter((kind) => mayOpen(`/report/space/${kind}`)).map(async (kind) => {
    const report = findReport(kind);
    if (report) await client.prefetchQuery(reportQuery({ report, entity: "space", id, now, ...period }));
  });
  const flow = mayOpen("/flow") ? client.prefetchQuery(flowQuery) : null;
  await Promise.all([...reports, flow]);
}

/** Answers that take longer come into a page that is drawn already. */
const LONGEST_WAIT_MS = 1_000;

/** Wait for the figures of the home page, which are under way: drawn with them at once, it is drawn once. */
export async function awaitFigures(client: QueryClient, isAdmin: boolean): Promise<void> {
  const wait = new Promise<void>((resolve) => setTimeout(resolve, LONGEST_WAIT_MS));
  // Whoever wants what failed asks again, and tells of it.
  await Promise.race([fetchFigures(client, isAdmin).catch(() => undefined), wait]);
}
