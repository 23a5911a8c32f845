import {
  Button,
  Card,
  Dialog,
  describeError,
  EmptyState,
  FormFoot,
  formatAge,
  formatSpec,
  type PeriodSpec,
  QueryView,
  Segmented,
  SkeletonLines,
  toasts,
  useLocale,
  useNow,
  useSession,
} from "@ems/ui";
import { Check, CheckCheck, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Message,
  PRIORITIES,
  STATUSES,
  useMessageActions,
  useMessages,
  useNewMessages,
} from "../messages/messages";
import { NowCard } from "../messages/NowCard";
import { PriorityBadge } from "../messages/PriorityBadge";
import { useSite } from "../state/site";
import { useParam } from "../state/useParam";
import { useView } from "../state/view";
import { PageHead } from "./PageHead";

const TONES = { new: "badge--accent", read: "", acknowledged: "badge--good" } as const;
const AGE_STEP_MS = 30_000;
const WIDER: PeriodSpec = { preset: "last-30-days" };

interface AcknowledgeProps {
  message: Message;
  onClose: () => void;
}

/** Acknowledging asks what was done, so that the next shift knows. */
function Acknowledge({ message, onClose }: AcknowledgeProps) {
  const { t } = useTranslation();
  const { acknowledge } = useMessageActions();
  const [reply, setReply] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await acknowledge.mutateAsync({ id: message.id, reply: reply.trim() });
      onClose();
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    }
  };
  return (
    <Dialog title={t("alarms.acknowledge")} onClose={onClose}>
      <form className="signin__form" onSubmit={(event) => void submit(event)}>
        <p>
          <strong>{message.subject}</strong>
        </p>
        <label className="field">
          <span className="field__label">{t("alarms.reply")}</span>
          <textarea
            className="input"
            rows={3}
            required
            value={reply}
            onChange={(event) => setReply(event.target.value)}
          />
        </label>
        <FormFoot
          submit={t("alarms.acknowledge")}
          onCancel={onClose}
          canSubmit={!acknowledge.isPending && reply.trim() !== ""}
        />
      </form>
    </Dialog>
  );
}

/** From when to when it was so, by the site's clock. */
function Lasted({ message }: { message: Message }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone } = useSite();
  const { start_datetime: start, end_datetime: end } = message;
  if (start === null) return null;
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
  return (
    <p className="muted">
      {end === null ? t("alarms.since", { start: format.format(start) }) : format.formatRange(start, end)}
    </p>
  );
}

function MessageItem({ message }: { message: Message }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow(AGE_STEP_MS);
  const { user } = useSession();
  const { read, remove } = useMessageActions();
  const [isOpen, setOpen] = useState(false);
  const lacksRight = user?.isReadOnly ? t("alarms.readOnly") : undefined;
  return (
    <li className="message">
      <div className="message__head">
        <PriorityBadge message={message} />
        <span className={`badge ${TONES[message.status]}`}>{t(`alarms.status.${message.status}`)}</span>
        <strong>{message.subject}</strong>
        <time className="muted" dateTime={new Date(message.created_datetime).toISOString()}>
          {formatAge(now - message.created_datetime, locale)}
        </time>
      </div>
      <p className="message__text">{message.message}</p>
      <Lasted message={message} />
      {message.reply && <p className="message__reply muted">{message.reply}</p>}
      <div className="message__tools">
        {message.status === "new" && (
          <Button small icon={<Check size={14} />} onClick={() => read.mutate([message.id])}>
            {t("alarms.markRead")}
          </Button>
        )}
        {message.status !== "acknowledged" && (
          <Button
            small
            icon={<CheckCheck size={14} />}
            disabled={user?.isReadOnly}
            title={lacksRight}
            onClick={() => setOpen(true)}
          >
            {t("alarms.acknowledge")}
          </Button>
        )}
        <Button
          small
          tone="quiet"
          icon={<Trash2 size={14} />}
          disabled={user?.isReadOnly}
          title={lacksRight}
          onClick={() => remove.mutate(message.id)}
        >
          {t("alarms.remove")}
        </Button>
      </div>
      {isOpen && <Acknowledge message={message} onClose={() => setOpen(false)} />}
    </li>
  );
}

/** Both, each message once, newest first. */
function joined(messages: readonly Message[], more: readonly Message[]): Message[] {
  const byId = new Map([...more, ...messages].map((message) => [message.id, message]));
  return [...byId.values()].toSorted((a, b) => b.created_datetime - a.created_datetime || b.id - a.id);
}

/** What needs somebody's eyes: messages of rules, to be read and acknowledged. */
export default function AlarmsPage() {
  const { t } = useTranslation();
  const { span, spec, change } = useView();
  const [status, setStatus] = useParam("status", "all");
  const [priority, setPriority] = useParam("priority", "ALL");
  const query = useMessages(span, status, priority);
  const open = useNewMessages().data;
  const { read } = useMessageActions();
  // What nobody has looked at does not vanish with its day.
  const isOpenShown = (status === "all" || status === "new") && priority === "ALL";
  const withOpen = (messages: readonly Message[]) => (isOpenShown ? joined(messages, open ?? []) : messages);
  const unread = withOpen(query.data ?? [])
    .filter((message) => message.status === "new")
    .map((one) => one.id);
  const isWide = formatSpec(spec) === formatSpec(WIDER);
  return (
    <div className="page">
      <PageHead
        title={t("alarms.title")}
        question={t("alarms.question")}
        tools={
          <Button
            small
            icon={<CheckCheck size={14} />}
            disabled={unread.length === 0}
            onClick={() => read.mutate(unread)}
          >
            {t("alarms.markAll")}
          </Button>
        }
      />
      <NowCard />
      <div className="filters">
        <Segmented
          label={t("alarms.statusLabel")}
          value={status}
          options={STATUSES.map((value) => ({ value, label: t(`alarms.status.${value}`) }))}
          onChange={setStatus}
        />
        <Segmented
          label={t("alarms.priorityLabel")}
          value={priority}
          options={PRIORITIES.map((value) => ({ value, label: t(`alarms.priority.${value}`) }))}
          onChange={setPriority}
        />
      </div>
      <Card flush>
        <QueryView
          query={query}
          skeleton={
            <div className="pad">
              <SkeletonLines count={8} />
            </div>
          }
          isEmpty={(messages) => withOpen(messages).length === 0}
          empty={
            <EmptyState
              title={t("alarms.none")}
              text={t("alarms.noneText")}
              action={
                !isWide && (
                  <Button onClick={() => change({ spec: WIDER })}>{t("period.preset.last-30-days")}</Button>
                )
              }
            />
          }
        >
          {(messages) => (
            <ul className="messages">
              {withOpen(messages).map((message) => (
                <MessageItem key={message.id} message={message} />
              ))}
            </ul>
          )}
        </QueryView>
      </Card>
    </div>
  );
}
