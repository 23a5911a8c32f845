import "@ems/ui/styles.css";
import "./shell/shell.css";
import "./flow/flow.css";
import "./pages/more.css";
import "./pages/pages.css";
import "./pages/screens.css";
import "./print.css";
import { type Language, makeQueryClient, setupI18n, type Texts } from "@ems/ui";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";

const LOADERS: Record<Language, () => Promise<Record<string, Texts>>> = {
  en: async () => ({ ui: (await import("@ems/ui/i18n/en")).en, web: (await import("./i18n/en")).en }),
  zh: async () => ({ ui: (await import("@ems/ui/i18n/zh")).zh, web: (await import("./i18n/zh")).zh }),
  de: async () => ({ ui: (await import("@ems/ui/i18n/de")).de, web: (await import("./i18n/de")).de }),
};

await setupI18n((language) => LOADERS[language](), "web");

const root = document.getElementById("root");
if (!root) throw new Error("the page has no root element");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
