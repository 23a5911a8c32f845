import { Brand, IconButton } from "@ems/ui";
import { ChevronRight, PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { useMayOpen } from "../state/rights";
import { ViewLink } from "../state/ViewLink";
import { type Destination, type Group, groupsFor, isAt } from "./navigation";

const OPEN_KEY = "ems.rail.open";
const FIRST_OPEN = ["nav.reports"];

function RailItem({ destination, isSlim }: { destination: Destination; isSlim: boolean }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const name = t(destination.key);
  return (
    <li>
      <ViewLink
        to={destination.to}
        className="rail__item"
        isActive={isAt(destination, pathname)}
        title={isSlim ? name : undefined}
      >
        {destination.icon}
        <span className={isSlim ? "vh" : ""}>{name}</span>
      </ViewLink>
    </li>
  );
}

/** Which groups are open, kept over visits. */
function useOpenGroups(): [readonly string[], (key: string) => void] {
  const [open, setOpen] = useState<readonly string[]>(() => {
    const stored = localStorage.getItem(OPEN_KEY);
    return stored === null ? FIRST_OPEN : stored.split(",").filter(Boolean);
  });
  const toggle = (key: string) => {
    const next = open.includes(key) ? open.filter((one) => one !== key) : [...open, key];
    localStorage.setItem(OPEN_KEY, next.join(","));
    setOpen(next);
  };
  return [open, toggle];
}

interface RailGroupProps {
  group: Group;
  isSlim: boolean;
  isOpen: boolean;
  onToggle: () => void;
}

/** Destinations under a heading that opens and closes; the group of the present page is always open. */
function RailGroup({ group, isSlim, isOpen, onToggle }: RailGroupProps) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isHere = group.places.some((one) => isAt(one, pathname));
  const isShown = group.key === "" || isOpen || isHere;
  if (isSlim && !isShown) return null;
  return (
    <div className="rail__group">
      {group.key !== "" &&
        (isSlim ? (
          <p className="rail__rule" />
        ) : (
          <button type="button" className="rail__title" aria-expanded={isShown} onClick={onToggle}>
            <ChevronRight size={14} aria-hidden="true" className={isShown ? "rail__twist--open" : "flip"} />
            {t(group.key)}
          </button>
        ))}
      {isShown && (
        <ul className="rail__list">
          {group.places.map((destination) => (
            <RailItem key={destination.to} destination={destination} isSlim={isSlim} />
          ))}
        </ul>
      )}
    </div>
  );
}

export interface RailProps {
  isSlim: boolean;
  onToggle: () => void;
}

/** The left navigation; icons alone when slim. */
export function Rail({ isSlim, onToggle }: RailProps) {
  const { t } = useTranslation();
  const [open, toggleGroup] = useOpenGroups();
  const mayOpen = useMayOpen();
  return (
    <nav className={`rail ${isSlim ? "rail--slim" : ""}`} aria-label={t("nav.label")}>
      <div className="rail__brand">
        <ViewLink to="/" className="brand" title={t("nav.home")}>
          <Brand slim={isSlim} />
          {isSlim && <span className="vh">EMS</span>}
        </ViewLink>
      </div>
      {groupsFor(mayOpen).map((group) => (
        <RailGroup
          key={group.key}
          group={group}
          isSlim={isSlim}
          isOpen={open.includes(group.key)}
          onToggle={() => toggleGroup(group.key)}
        />
      ))}
      <div className="rail__foot">
        <IconButton
          label={isSlim ? t("nav.widen") : t("nav.narrow")}
          icon={isSlim ? <PanelLeftOpen size={18} /> : <PanelLeftClose size={18} />}
          onClick={onToggle}
        />
      </div>
    </nav>
  );
}
