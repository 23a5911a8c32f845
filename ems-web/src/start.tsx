import { makeQueryClient, sessionStore, setupI18n } from "@ems/ui";
import { endEarly } from "@ems/ui/api/early";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, loadFirstPage } from "./App";
import { awaitFigures } from "./home/prefetch";
import { loadTexts } from "./i18n/load";
import { meQuery } from "./state/me";
import { siteQuery } from "./state/site";

/** Draw the application in the place of the document's frame. */
export async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) throw new Error("the page has no root element");
  endEarly();
  const client = makeQueryClient();
  // Dates depend on the site's zone; without an answer the pages say so themselves.
  const { user } = sessionStore.get();
  const isSignedIn = user !== null;
  const site = isSignedIn ? client.ensureQueryData(siteQuery).catch(() => undefined) : null;
  // Administrators may do everything; of the others it is asked before their pages ask for anything.
  const rights = user && !user.isAdmin ? client.ensureQueryData(meQuery).catch(() => undefined) : null;
  const figures = user && window.location.pathname === "/" ? awaitFigures(client, user.isAdmin) : null;
  await Promise.all([setupI18n(loadTexts, "web"), site, rights, loadFirstPage(isSignedIn)]);
  await figures;
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
