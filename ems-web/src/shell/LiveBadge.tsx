import { useTranslation } from "react-i18next";
import { type LiveStatus, useLiveStatus } from "../live/store";
import { useFollowLive } from "../live/useLiveFlow";
import { useMayOpen } from "../state/rights";

const TONES: Record<LiveStatus, string> = {
  connecting: "",
  live: "badge--good",
  lost: "badge--critical",
  unsupported: "",
};

/** Whether live values stream in. */
export function LiveBadge() {
  const { t } = useTranslation();
  useFollowLive();
  const status = useLiveStatus();
  const mayOpen = useMayOpen();
  if (!mayOpen("/flow")) return null;
  return (
    <span
      className={`badge live live--${status} ${TONES[status]}`}
      role="status"
      title={t(`live.${status}Hint`)}
    >
      <span className="live__dot" aria-hidden="true" />
      {t(`live.${status}`)}
    </span>
  );
}
