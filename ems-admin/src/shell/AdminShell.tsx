import { AccountMenu, Brand, ErrorBoundary, IconButton, Reauthenticate, Skeleton, Toasts } from "@ems/ui";
import { ChartNoAxesCombined, Menu, Search, X } from "lucide-react";
import { Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { type Group, type Resource, useDescription } from "../model/description";
import { useNames } from "../model/names";

interface Section {
  group: Group;
  resources: Resource[];
}

function useSections(filter: string): Section[] {
  const { groups, resources } = useDescription();
  const names = useNames();
  const words = filter.trim().toLowerCase();
  return groups
    .map((group) => ({
      group,
      resources: group.resources
        .map((name) => resources.find((resource) => resource.name === name))
        .filter((resource): resource is Resource => resource !== undefined)
        .filter((resource) => names.resource(resource).toLowerCase().includes(words)),
    }))
    .filter((section) => section.resources.length > 0);
}

function Navigation() {
  const { t } = useTranslation();
  const names = useNames();
  const [filter, setFilter] = useState("");
  const sections = useSections(filter);
  return (
    <>
      <div className="search search--boxed side__search">
        <Search size={16} aria-hidden="true" />
        <input
          type="search"
          className="search__input"
          aria-label={t("nav.search")}
          placeholder={t("nav.search")}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      {sections.map(({ group, resources }) => (
        <div key={group.name}>
          <p className="rail__title">{names.group(group)}</p>
          <ul className="rail__list">
            {resources.map((resource) => (
              <li key={resource.name}>
                <NavLink to={`/${resource.name}`} className="rail__item rail__item--dense">
                  {names.resource(resource)}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
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
        <AccountMenu />
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
