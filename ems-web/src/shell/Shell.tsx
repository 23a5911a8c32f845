import {
  AccountMenu,
  ErrorBoundary,
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
import { useSite } from "../state/site";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { AlarmBell } from "./AlarmBell";
import { BottomBar } from "./BottomBar";
import { LiveBadge } from "./LiveBadge";
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

function Page() {
  const location = useLocation();
  return (
    <main className="main" id="main" tabIndex={-1}>
      <PrintHead />
      <ErrorBoundary key={location.pathname}>
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
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
  return <p className="print-head">{[name, space?.name, formatSpan(span, locale), timeZone].join(" · ")}</p>;
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
