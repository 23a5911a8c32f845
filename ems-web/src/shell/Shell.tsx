import {
  AccountMenu,
  ApiError,
  Card,
  ErrorBoundary,
  ErrorState,
  formatSpan,
  IconButton,
  Reauthenticate,
  Skeleton,
  Toasts,
  useLocale,
  useSession,
} from "@ems/ui";
import { Presentation, Search, Settings, UserCog } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { KioskBar } from "../kiosk/KioskBar";
import { useShow } from "../kiosk/store";
import { PageHead } from "../pages/PageHead";
import { useMayOpen } from "../state/rights";
import { useSite } from "../state/site";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { AlarmBell } from "./AlarmBell";
import { BottomBar } from "./BottomBar";
import { LiveBadge } from "./LiveBadge";
import { ALL_PLACES, isAt } from "./navigation";
import { Palette } from "./Palette";
import { PeriodPicker } from "./PeriodPicker";
import { Rail } from "./Rail";
import { ShortcutHelp } from "./ShortcutHelp";
import { SpacePicker } from "./SpacePicker";
import { useShortcuts } from "./useShortcuts";

const SLIM_KEY = "ems.rail";

function PageSkeleton() {
  return (
    <div className="page">
      <Skeleton height={28} width={240} />
      <Skeleton height={120} />
      <Skeleton height={320} />
    </div>
  );
}

/** Focus goes to the page after a change of page, as a browser does by itself for documents. */
function useFocusPage(): void {
  const { pathname } = useLocation();
  useEffect(() => {
    if (pathname) document.getElementById("main")?.scrollTo(0, 0);
    window.scrollTo(0, 0);
  }, [pathname]);
}

/** In the place of a page that shows nothing to this user: nothing is asked for. */
function DeniedPage({ path }: { path: string }) {
  const { t } = useTranslation();
  const place = ALL_PLACES.find((one) => isAt(one, path));
  return (
    <div className="page">
      <PageHead title={place ? t(place.key) : ""} />
      <Card>
        <ErrorState error={new ApiError(403, "API.INVALID_PRIVILEGE", "denied")} />
      </Card>
    </div>
  );
}

function Page() {
  const location = useLocation();
  const mayOpen = useMayOpen();
  return (
    <main className="main" id="main" tabIndex={-1}>
      <PrintHead />
      <ErrorBoundary key={location.pathname}>
        <Suspense fallback={<PageSkeleton />}>
          {mayOpen(location.pathname) ? <Outlet /> : <DeniedPage path={location.pathname} />}
        </Suspense>
      </ErrorBoundary>
    </main>
  );
}

/** On paper: what and when, which the pickers of the top bar say on the screen. */
function PrintHead() {
  const locale = useLocale();
  const { name, timeZone } = useSite();
  const { space, span } = useView();
  // The site is often called as its topmost space is.
  const places = new Set([name, space?.name ?? name]);
  const parts = [...places, formatSpan(span, locale), timeZone];
  return <p className="print-head">{parts.join(" · ")}</p>;
}

/** Frame of every page: rail, top bar, page, bottom bar on a phone. */
export function Shell() {
  const { t } = useTranslation();
  const { user } = useSession();
  const [isSlim, setSlim] = useState(() => localStorage.getItem(SLIM_KEY) === "slim");
  const [overlay, setOverlay] = useState<"none" | "palette" | "help">("none");
  useShortcuts(
    () => setOverlay("palette"),
    () => setOverlay("help"),
  );
  useFocusPage();
  const toggle = () => {
    localStorage.setItem(SLIM_KEY, isSlim ? "wide" : "slim");
    setSlim(!isSlim);
  };
  const show = useShow();
  if (show) {
    return (
      <div className="shell shell--kiosk">
        <KioskBar show={show} />
        <Page />
        <Reauthenticate />
      </div>
    );
  }
  return (
    <div className={`shell ${isSlim ? "shell--slim" : ""}`}>
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <Rail isSlim={isSlim} onToggle={toggle} />
      <header className="top">
        <SpacePicker />
        <PeriodPicker />
        <span className="top__space" />
        <LiveBadge />
        <AlarmBell />
        <IconButton
          label={t("palette.title")}
          icon={<Search size={18} />}
          className="top__search"
          onClick={() => setOverlay("palette")}
        />
        <AccountMenu
          links={
            <>
              <ViewLink to="/profile" className="menu__item">
                <UserCog size={16} /> {t("profile.title")}
              </ViewLink>
              <ViewLink to="/kiosk" className="menu__item">
                <Presentation size={16} /> {t("kiosk.title")}
              </ViewLink>
              {user?.isAdmin && (
                <a className="menu__item" href="/admin/">
                  <Settings size={16} /> {t("nav.admin")}
                </a>
              )}
            </>
          }
        />
      </header>
      <Page />
      <BottomBar />
      {overlay === "palette" && <Palette onClose={() => setOverlay("none")} />}
      {overlay === "help" && <ShortcutHelp onClose={() => setOverlay("none")} />}
      <Reauthenticate />
      <Toasts />
    </div>
  );
}
