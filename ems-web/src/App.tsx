import { SignIn, useSession } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Navigate, Route, Routes, useLocation } from "react-router";
import { Shell } from "./shell/Shell";
import { useSiteReady } from "./state/site";

const HomePage = lazy(() => import("./pages/HomePage"));
const FlowPage = lazy(() => import("./pages/FlowPage"));
const ReportPage = lazy(() => import("./pages/ReportPage"));
const MetersPage = lazy(() => import("./pages/MetersPage"));
const NotFoundPage = lazy(() => import("./pages/NotFoundPage"));

function SignedIn() {
  const isReady = useSiteReady();
  const { search } = useLocation();
  // Dates depend on the site's zone: nothing is asked for before it is known.
  if (!isReady) return null;
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<HomePage />} />
        <Route path="flow" element={<FlowPage />} />
        <Route path="meters" element={<MetersPage />} />
        <Route path="report/:entity/:report" element={<ReportPage />} />
        <Route path="report" element={<Navigate to={`/report/space/energycategory${search}`} replace />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  );
}

/** The application: sign-in, or the pages. */
export function App() {
  const { t } = useTranslation();
  const { user } = useSession();
  const client = useQueryClient();
  const uuid = user?.uuid;
  useEffect(() => {
    // Another user must never see what the last one loaded.
    if (!uuid) client.clear();
  }, [client, uuid]);
  if (!user) return <SignIn title={t("app.title")} />;
  return (
    <BrowserRouter>
      <SignedIn />
    </BrowserRouter>
  );
}
