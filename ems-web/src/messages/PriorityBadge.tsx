import { useTranslation } from "react-i18next";
import type { Message } from "./messages";

const TONES: Record<Message["priority"], string> = {
  CRITICAL: "badge--critical",
  HIGH: "badge--warning",
  MEDIUM: "",
  LOW: "",
};

/** How pressing a message is, in a word and a colour. */
export function PriorityBadge({ message }: { message: Message }) {
  const { t } = useTranslation();
  return (
    <span className={`badge ${TONES[message.priority]}`} title={t("alarms.priorityLabel")}>
      {t(`alarms.priority.${message.priority}`)}
    </span>
  );
}
