import { Bell } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFollowMessages, useNewMessages } from "../messages/messages";
import { ViewLink } from "../state/ViewLink";

const MOST_SHOWN = 99;

/** How many messages are new; leads to them. */
export function AlarmBell() {
  const { t } = useTranslation();
  useFollowMessages();
  const count = useNewMessages().data?.length ?? 0;
  const name = count > 0 ? t("alarms.newCount", { count }) : t("alarms.title");
  return (
    <ViewLink to="/alarms" className="btn btn--quiet btn--icon bell" title={name}>
      <Bell size={18} aria-hidden="true" />
      {count > 0 && (
        <span className="bell__count" aria-hidden="true">
          {count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}
        </span>
      )}
      <span className="vh">{name}</span>
    </ViewLink>
  );
}
