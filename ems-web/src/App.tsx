import { useSession } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { BrowserRouter, Navigate, Route, Routes, useLocation } from "react-router";
import { partOf } from "./part";
import { Shell } from "./shell/Shell";
import { MayOpenContext, useReadRights } from "./state/rights";
import { useSiteReady } from "./state/site";
import { useReadView, ViewContext } from "./state/view";

const home = partOf(() => import("./pages/HomePage"));
const door = partOf(() => import("./SignedOut"));

/** What most begin with comes along with the frame instead of after it. */
export async function loadFirstPage(isSignedIn: boolean): Promise<void> {
  if (!isSignedIn) await door.preload();
  else if (window.location.pathname === "/") await home.preload();
}

const FlowPage = lazy(() => import("./pages/FlowPage"));
const ReportPage = lazy(() => import("./pages/ReportPage"));
const MetersPage = lazy(() => import("./pages/MetersPage"));
const AlarmsPage = lazy(() => import("./pages/AlarmsPage"));
const BalancePage = lazy(() => import("./pages/BalancePage"));
const BatchPage = lazy(() => import("./pages/BatchPage"));
const BillPage = lazy(() => import("./pages/BillPage"));
const BudgetsPage = lazy(() => import("./pages/BudgetsPage"));
const ComparePage = lazy(() => import("./pages/ComparePage"));
const DocumentPage = lazy(() => import("./pages/DocumentPage"));
const EnergyFlowPage = lazy(() => import("./pages/EnergyFlowPage"));
const EnvironmentPage = lazy(() => import("./pages/EnvironmentPage"));
const ExplorePage = lazy(() => import("./pages/ExplorePage"));
const LibraryPage = lazy(() => import("./pages/LibraryPage"));
const MapPage = lazy(() => import("./pages/MapPage"));
const MeterPage = lazy(() => import("./pages/MeterPage"));
const RegistersPage = lazy(() => import("./pages/RegistersPage"));
const SingleLinePage = lazy(() => import("./pages/SingleLinePage"));
const StationPage = lazy(() => import("./pages/StationPage"));
const ControlPage = lazy(() => import("./pages/ControlPage"));
const KioskPage = lazy(() => import("./pages/KioskPage"));
const ProfilePage = lazy(() => import("./pages/ProfilePage"));
const NotFoundPage = lazy(() => import("./pages/NotFoundPage"));

function SignedIn() {
  const isReady = useSiteReady();
  const mayOpen = useReadRights();
  const view = useReadView();
  // Dates depend on the site's zone: nothing is asked for before it is known.
  if (!isReady || !mayOpen) return null;
  return (
    <MayOpenContext value={mayOpen}>
      <ViewContext value={view}>
        <Pages />
      </ViewContext>
    </MayOpenContext>
  );
}

function Pages() {
  const { search } = useLocation();
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<home.Part />} />
        <Route path="flow" element={<FlowPage />} />
        <Route path="alarms" element={<AlarmsPage />} />
        <Route path="meters" element={<MetersPage />} />
        <Route path="meters/registers" element={<RegistersPage />} />
        <Route path="meters/balance" element={<BalancePage />} />
        <Route path="meters/:id" element={<MeterPage />} />
        <Route path="batch/:entity" element={<BatchPage />} />
        <Route path="compare/:entity" element={<ComparePage />} />
        <Route path="energy-flow" element={<EnergyFlowPage />} />
        <Route path="map" element={<MapPage />} />
        <Route path="single-line" element={<SingleLinePage />} />
        <Route path="environment" element={<EnvironmentPage />} />
        <Route path="plants/:kind" element={<StationPage />} />
        <Route path="bill" element={<BillPage />} />
        <Route path="budgets" element={<BudgetsPage />} />
        <Route path="explore" element={<ExplorePage />} />
        <Route path="reports" element={<LibraryPage />} />
        <Route path="reports/:tab" element={<LibraryPage />} />
        <Route path="reports/documents/:id" element={<DocumentPage />} />
        <Route path="control" element={<ControlPage />} />
        <Route path="kiosk" element={<KioskPage />} />
        <Route path="profile" element={<ProfilePage />} />
        <Route path="report/:entity/:report" element={<ReportPage />} />
        <Route path="register" element={<Navigate to="/" replace />} />
        <Route path="forgot" element={<Navigate to="/" replace />} />
        <Route path="report" element={<Navigate to={`/report/space/energycategory${search}`} replace />} />
        <Route path="*" element={<NotFoundPage />} />
      </Route>
    </Routes>
  );
}

/** The application: the ways in, or the pages. */
export function App() {
  const { user } = useSession();
  const client = useQueryClient();
  const uuid = user?.uuid;
  useEffect(() => {
    // Another user must never see what the last one loaded.
    if (!uuid) client.clear();
  }, [client, uuid]);
  return (
    <BrowserRouter>
      <Suspense>{user ? <SignedIn /> : <door.Part />}</Suspense>
    </BrowserRouter>
  );
}
