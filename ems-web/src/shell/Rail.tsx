import { Brand, IconButton } from "@ems/ui";
import { Ellipsis, PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { ViewLink } from "../state/ViewLink";
import { type Destination, PLACES, RARE_PLACES, REPORT_PLACES } from "./navigation";

function RailItem({ destination, isSlim }: { destination: Destination; isSlim: boolean }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const name = t(destination.key);
  // A report stays marked whichever kind of entity it is opened for.
  const kind = destination.to.split("/")[3];
  const isHere = kind ? pathname.startsWith("/report/") && pathname.endsWith(`/${kind}`) : false;
  return (
    <li>
      <ViewLink
        to={destination.to}
        end={destination.to === "/"}
        className={`rail__item ${isHere ? "active" : ""}`}
        title={isSlim ? name : undefined}
      >
        {destination.icon}
        <span className={isSlim ? "vh" : ""}>{name}</span>
      </ViewLink>
    </li>
  );
}

/** The rarer reports behind one button; open by itself on one of them. */
function MoreReports({ isSlim }: { isSlim: boolean }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isInside = RARE_PLACES.some((place) => pathname.endsWith(`/${place.to.split("/")[3]}`));
  const [isOpen, setOpen] = useState(isInside);
  return (
    <>
      <button
        type="button"
        className="rail__item rail__more"
        aria-expanded={isOpen || isInside}
        title={isSlim ? t("nav.moreReports") : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <Ellipsis size={18} />
        <span className={isSlim ? "vh" : ""}>{t("nav.moreReports")}</span>
      </button>
      {(isOpen || isInside) && (
        <ul className="rail__list">
          {RARE_PLACES.map((destination) => (
            <RailItem key={destination.to} destination={destination} isSlim={isSlim} />
          ))}
        </ul>
      )}
    </>
  );
}

export interface RailProps {
  isSlim: boolean;
  onToggle: () => void;
}

/** The left navigation; icons alone when slim. */
export function Rail({ isSlim, onToggle }: RailProps) {
  const { t } = useTranslation();
  return (
    <nav className={`rail ${isSlim ? "rail--slim" : ""}`} aria-label={t("nav.label")}>
      <div className="rail__brand">
        <ViewLink to="/" className="brand" title={t("nav.home")}>
          <Brand slim={isSlim} />
          {isSlim && <span className="vh">EMS</span>}
        </ViewLink>
      </div>
      <ul className="rail__list">
        {PLACES.map((destination) => (
          <RailItem key={destination.to} destination={destination} isSlim={isSlim} />
        ))}
      </ul>
      <p className={isSlim ? "rail__rule" : "rail__title"}>{!isSlim && t("nav.reports")}</p>
      <ul className="rail__list">
        {REPORT_PLACES.map((destination) => (
          <RailItem key={destination.to} destination={destination} isSlim={isSlim} />
        ))}
      </ul>
      <MoreReports isSlim={isSlim} />
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
