import { makeQueryClient, sessionStore, setupI18n } from "@ems/ui";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, loadFirstPage } from "./App";
import { loadTexts } from "./i18n/load";
import { siteQuery } from "./state/site";

/** Draw the application in the place of the document's frame. */
export async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (!root) throw new Error("the page has no root element");
  const client = makeQueryClient();
  // Dates depend on the site's zone; without an answer the pages say so themselves.
  const isSignedIn = sessionStore.get().user !== null;
  const site = isSignedIn ? client.ensureQueryData(siteQuery).catch(() => undefined) : null;
  await Promise.all([setupI18n(loadTexts, "web"), site, loadFirstPage(isSignedIn)]);
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
