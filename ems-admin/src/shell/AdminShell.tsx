import {
  AccountMenu,
  Brand,
  ErrorBoundary,
  IconButton,
  Reauthenticate,
  SearchBox,
  Skeleton,
  Toasts,
} from "@ems/ui";
import { ChartNoAxesCombined, ChevronRight, type LucideIcon, Menu, UserRound, X } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { type Group, type Resource, useDescription } from "../model/description";
import { useNames } from "../model/names";
import { TOOLS } from "./tools";

interface Entry {
  path: string;
  name: string;
  icon: LucideIcon | null;
}

interface Section {
  group: Group;
  entries: Entry[];
}

function useSections(filter: string): Section[] {
  const { t } = useTranslation();
  const { groups, resources } = useDescription();
  const names = useNames();
  const words = filter.trim().toLowerCase();
  const entriesOf = (group: Group): Entry[] => [
    ...TOOLS.filter((tool) => tool.group === group.name).map((tool) => ({
      path: tool.path,
      name: t(`tool.${tool.path}`),
      icon: tool.icon,
    })),
    ...group.resources
      .map((name) => resources.find((resource) => resource.name === name))
      .filter((resource): resource is Resource => resource !== undefined)
      .map((resource) => ({ path: resource.name, name: names.resource(resource), icon: null })),
  ];
  return groups
    .map((group) => ({
      group,
      entries: entriesOf(group).filter((entry) => entry.name.toLowerCase().includes(words)),
    }))
    .filter((section) => section.entries.length > 0);
}

const CLOSED_KEY = "ems.admin.closed";

/** Topics of the navigation that are folded up; kept for the next visit. */
function useClosed() {
  const [closed, setClosed] = useState<readonly string[]>(
    () => localStorage.getItem(CLOSED_KEY)?.split(" ").filter(Boolean) ?? [],
  );
  const toggle = (name: string) => {
    const next = closed.includes(name) ? closed.filter((one) => one !== name) : [...closed, name];
    localStorage.setItem(CLOSED_KEY, next.join(" "));
    setClosed(next);
  };
  return { closed, toggle };
}

function Navigation() {
  const { t } = useTranslation();
  const names = useNames();
  const [filter, setFilter] = useState("");
  const sections = useSections(filter);
  const { closed, toggle } = useClosed();
  return (
    <>
      <SearchBox label={t("nav.search")} value={filter} onChange={setFilter} className="side__search" />
      {sections.map(({ group, entries }) => {
        // A search looks into folded topics as well.
        const isShown = filter !== "" || !closed.includes(group.name);
        return (
          <div key={group.name} className="rail__group">
            <button
              type="button"
              className="rail__title"
              aria-expanded={isShown}
              onClick={() => toggle(group.name)}
            >
              <ChevronRight size={14} aria-hidden="true" className={isShown ? "rail__twist--open" : "flip"} />
              {names.group(group)}
            </button>
            {isShown && (
              <ul className="rail__list">
                {entries.map(({ path, name, icon: Icon }) => (
                  <li key={path}>
                    <NavLink to={`/${path}`} className="rail__item rail__item--dense">
                      {name}
                      {Icon && <Icon size={14} aria-hidden="true" className="rail__mark" />}
                    </NavLink>
                  </li>
                ))}
              </ul>
            )}
          </div>
        );
      })}
    </>
  );
}

/** Frame of every page of the administration. */
export function AdminShell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (pathname) setOpen(false);
    window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className={`admin ${isOpen ? "admin--open" : ""}`}>
      <a className="skip" href="#main">
        {t("nav.skip")}
      </a>
      <nav className="rail side" aria-label={t("nav.label")}>
        <div className="rail__brand">
          <Link to="/" className="brand">
            <Brand /> <span className="side__sub">{t("app.short")}</span>
          </Link>
          <IconButton
            label={t("action.close")}
            icon={<X size={18} />}
            className="side__close"
            onClick={() => setOpen(false)}
          />
        </div>
        <Suspense fallback={<Skeleton height={320} />}>
          <ErrorBoundary>
            <Navigation />
          </ErrorBoundary>
        </Suspense>
      </nav>
      <header className="top">
        <IconButton
          label={t("nav.open")}
          icon={<Menu size={18} />}
          className="top__menu"
          onClick={() => setOpen(true)}
        />
        <span className="top__space" />
        <a className="btn btn--quiet" href="/">
          <ChartNoAxesCombined size={16} aria-hidden="true" /> {t("nav.dashboards")}
        </a>
        <AccountMenu
          links={
            <a className="menu__item" href="/profile">
              <UserRound size={16} aria-hidden="true" /> {t("nav.profile")}
            </a>
          }
        />
      </header>
      <main className="main" id="main" tabIndex={-1}>
        <ErrorBoundary key={pathname}>
          <Suspense
            fallback={
              <div className="page">
                <Skeleton height={28} width={240} />
                <Skeleton height={360} />
              </div>
            }
          >
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Reauthenticate />
      <Toasts />
    </div>
  );
}
