import { Popover } from "@ems/ui";
import { Menu } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ViewLink } from "../state/ViewLink";
import { type Destination, PLACES, RARE_PLACES, REPORT_PLACES } from "./navigation";

function BarItem({ destination }: { destination: Destination }) {
  const { t } = useTranslation();
  return (
    <ViewLink to={destination.to} end={destination.to === "/"} className="bottom__item">
      {destination.icon}
      <span>{t(destination.key)}</span>
    </ViewLink>
  );
}

/** The five destinations of the phone layout; the fifth opens the rest. */
export function BottomBar() {
  const { t } = useTranslation();
  const [home, flow, meters] = PLACES;
  const [energy, ...common] = REPORT_PLACES;
  const others = [...common, ...RARE_PLACES];
  return (
    <nav className="bottom" aria-label={t("nav.label")}>
      {[home, flow, energy, meters].map((d) => d && <BarItem key={d.to} destination={d} />)}
      <Popover
        label={t("nav.more")}
        button={(props) => (
          <button type="button" className="bottom__item" {...props}>
            <Menu size={18} />
            <span>{t("nav.more")}</span>
          </button>
        )}
      >
        {(close) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: closes after a link inside was followed, by whatever means
          // biome-ignore lint/a11y/noStaticElementInteractions: see above
          <div className="menu" onClick={close}>
            <p className="menu__title">{t("nav.reports")}</p>
            {others.map((d) => (
              <ViewLink key={d.to} to={d.to} className="menu__item">
                {d.icon} {t(d.key)}
              </ViewLink>
            ))}
          </div>
        )}
      </Popover>
    </nav>
  );
}
