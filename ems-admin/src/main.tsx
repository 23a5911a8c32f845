import "@ems/ui/styles.css";
import "./shell/admin.css";
import "./shell/pages.css";
import "./pipeline/pipeline.css";
import { type Language, makeQueryClient, setupI18n, type Texts } from "@ems/ui";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";

const LOADERS: Record<Language, () => Promise<Record<string, Texts>>> = {
  en: async () => ({
    ui: (await import("@ems/ui/i18n/en")).en,
    admin: (await import("./i18n/en")).en,
    model: (await import("./i18n/model.en")).modelEn,
  }),
  zh: async () => ({
    ui: (await import("@ems/ui/i18n/zh")).zh,
    admin: (await import("./i18n/zh")).zh,
    model: (await import("./i18n/model.zh")).modelZh,
  }),
  de: async () => ({
    ui: (await import("@ems/ui/i18n/de")).de,
    admin: (await import("./i18n/de")).de,
    model: (await import("./i18n/model.de")).modelDe,
  }),
};

await setupI18n((language) => LOADERS[language](), "admin");

const root = document.getElementById("root");
if (!root) throw new Error("the page has no root element");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
