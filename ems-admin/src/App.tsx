import { ErrorState, SignIn, Toasts, useSession, useTheme } from "@ems/ui";
import { QueryErrorResetBoundary, useQueryClient } from "@tanstack/react-query";
import { theme as antdTheme, ConfigProvider } from "antd";
import deDE from "antd/locale/de_DE";
import enGB from "antd/locale/en_GB";
import zhCN from "antd/locale/zh_CN";
import { lazy, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { createBrowserRouter, RouterProvider, useRouteError } from "react-router";
import { AdminShell } from "./shell/AdminShell";

const OverviewPage = lazy(() => import("./pages/OverviewPage"));
const ListPage = lazy(() => import("./pages/ListPage"));
const ItemPage = lazy(() => import("./pages/ItemPage"));
const PipelinePage = lazy(() => import("./pipeline/PipelinePage"));
const FilesPage = lazy(() => import("./metering/FilesPage"));
const MatrixPage = lazy(() => import("./metering/MatrixPage"));
const RegistrationsPage = lazy(() => import("./access/RegistrationsPage"));
const AuditPage = lazy(() => import("./access/AuditPage"));
const ArchivePage = lazy(() => import("./site/ArchivePage"));

const ANTD_LOCALES = { en: enGB, zh: zhCN, de: deDE } as const;

function RouteFailed() {
  const error = useRouteError();
  return (
    <QueryErrorResetBoundary>
      {() => <ErrorState error={error} onRetry={() => window.location.reload()} />}
    </QueryErrorResetBoundary>
  );
}

const router = createBrowserRouter(
  [
    {
      element: <AdminShell />,
      errorElement: <RouteFailed />,
      children: [
        { index: true, element: <OverviewPage /> },
        { path: "pipeline", element: <PipelinePage /> },
        { path: "matrix", element: <MatrixPage /> },
        { path: "files", element: <FilesPage /> },
        { path: "registrations", element: <RegistrationsPage /> },
        { path: "audit", element: <AuditPage /> },
        { path: "archive", element: <ArchivePage /> },
        { path: ":resource", element: <ListPage /> },
        { path: ":resource/:id", element: <ItemPage /> },
        { path: ":resource/:id/:tab", element: <ItemPage /> },
        { path: ":resource/:id/:tab/:child", element: <ItemPage /> },
      ],
    },
  ],
  { basename: "/admin" },
);

/** Drop-downs of a dialog open inside it: what lies outside of a modal can't be reached. */
function popupContainer(trigger?: HTMLElement): HTMLElement {
  return trigger?.closest("dialog") ?? document.body;
}

/** The look of antd from the shared tokens. */
function useAntdTheme() {
  const isDark = useTheme() === "dark";
  return {
    algorithm: isDark ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
    token: {
      colorPrimary: isDark ? "#35b3ae" : "#0f7b78",
      colorInfo: isDark ? "#35b3ae" : "#0f7b78",
      colorBgBase: isDark ? "#172128" : "#ffffff",
      colorBgContainer: isDark ? "#172128" : "#ffffff",
      colorBgElevated: isDark ? "#1e2a32" : "#ffffff",
      colorTextBase: isDark ? "#e8eef2" : "#14212b",
      colorTextDescription: isDark ? "#a3b3be" : "#52626e",
      colorTextPlaceholder: isDark ? "#8797a3" : "#687884",
      colorBorder: isDark ? "#3b4b56" : "#c4cdd2",
      colorBorderSecondary: isDark ? "#26333c" : "#e0e5e7",
      borderRadius: 6,
      controlHeight: 36,
      fontFamily: "inherit",
      // Without motion nothing waits for its end.
      motion: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.15s",
    },
    components: {
      Table: {
        headerBg: isDark ? "#172128" : "#ffffff",
        headerSplitColor: "transparent",
        rowHoverBg: isDark ? "#111a20" : "#eef1f2",
      },
    },
  };
}

/** The administration: sign-in for administrators, or the pages. */
export function App() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const client = useQueryClient();
  const theme = useAntdTheme();
  const uuid = user?.uuid;
  useEffect(() => {
    if (!uuid) client.clear();
  }, [client, uuid]);
  if (!user?.isAdmin) {
    return (
      <>
        <SignIn
          title={t("app.title")}
          notice={user ? t("app.notAdmin", { name: user.displayName }) : undefined}
          foot={<a href="/">{t("nav.dashboards")}</a>}
        />
        <Toasts />
      </>
    );
  }
  return (
    <ConfigProvider
      theme={theme}
      locale={ANTD_LOCALES[i18n.language as keyof typeof ANTD_LOCALES] ?? enGB}
      getPopupContainer={popupContainer}
    >
      <RouterProvider router={router} />
    </ConfigProvider>
  );
}
