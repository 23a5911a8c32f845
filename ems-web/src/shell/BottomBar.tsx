import { Popover } from "@ems/ui";
import { Menu } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMayOpen } from "../state/rights";
import { ViewLink } from "../state/ViewLink";
import { type Destination, groupsFor, PHONE_PLACES } from "./navigation";

function BarItem({ destination }: { destination: Destination }) {
  const { t } = useTranslation();
  return (
    <ViewLink to={destination.to} className="bottom__item">
      {destination.icon}
      <span>{t(destination.key)}</span>
    </ViewLink>
  );
}

/** The five destinations of the phone layout; the fifth opens the rest. */
export function BottomBar() {
  const { t } = useTranslation();
  const mayOpen = useMayOpen();
  const phonePlaces = PHONE_PLACES.filter((one) => mayOpen(one.to));
  const groups = groupsFor((path) => mayOpen(path) && !phonePlaces.some((one) => one.to === path));
  return (
    <nav className="bottom" aria-label={t("nav.label")}>
      {phonePlaces.map((one) => (
        <BarItem key={one.to} destination={one} />
      ))}
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
            {groups.map((group) => (
              <div key={group.key}>
                {group.key !== "" && <p className="menu__title">{t(group.key)}</p>}
                {group.places.map((one) => (
                  <ViewLink key={one.to} to={one.to} className="menu__item">
                    {one.icon} {t(one.key)}
                  </ViewLink>
                ))}
              </div>
            ))}
          </div>
        )}
      </Popover>
    </nav>
  );
}
