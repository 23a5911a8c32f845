import type { UseQueryResult } from "@tanstack/react-query";
import { CircleAlert, CloudOff, Construction, Inbox, Lock } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type ErrorKind } from "../api/errors";
import { describeError } from "../i18n/errors";
import { Button } from "./Button";

/** A grey block of the size of what comes. */
export function Skeleton({ height = 16, width = "100%" }: { height?: number; width?: number | string }) {
  return <span className="skeleton" style={{ height, width }} aria-hidden="true" />;
}

/** Several lines of text to come. */
export function SkeletonLines({ count = 4 }: { count?: number }) {
  return (
    <div style={{ display: "grid", gap: 12 }}>
      {Array.from({ length: count }, (_, i) => (
        <Skeleton key={i} height={14} width={`${92 - ((i * 17) % 40)}%`} />
      ))}
    </div>
  );
}

export interface StateViewProps {
  icon: ReactNode;
  title: string;
  text?: string;
  code?: string;
  action?: ReactNode;
  tone?: "plain" | "error";
}

/** What a widget shows instead of data. */
export function StateView({ icon, title, text, code, action, tone = "plain" }: StateViewProps) {
  return (
    <div
      className={`state ${tone === "error" ? "state--error" : ""}`}
      role={tone === "error" ? "alert" : undefined}
    >
      <span className="state__icon">{icon}</span>
      <p className="state__title">{title}</p>
      {text && <p className="state__text">{text}</p>}
      {code && <p className="state__code">{code}</p>}
      {action}
    </div>
  );
}

/** Nothing to show, why, and what to do next. */
export function EmptyState({ title, text, action }: { title?: string; text?: string; action?: ReactNode }) {
  const { t } = useTranslation("ui");
  return (
    <StateView icon={<Inbox size={20} />} title={title ?? t("state.empty")} text={text} action={action} />
  );
}

const ICONS: Record<ErrorKind, ReactNode> = {
  session: <Lock size={20} />,
  denied: <Lock size={20} />,
  missing: <Inbox size={20} />,
  unsupported: <Construction size={20} />,
  input: <CircleAlert size={20} />,
  server: <CircleAlert size={20} />,
  network: <CloudOff size={20} />,
};

const TITLES: Record<ErrorKind, string> = {
  session: "state.session",
  denied: "state.denied",
  missing: "state.missing",
  unsupported: "state.unsupported",
  input: "state.failed",
  server: "state.failed",
  network: "state.offline",
};

/** What went wrong, and a way to try again where that can help. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation("ui");
  const kind: ErrorKind = error instanceof ApiError ? error.kind : "server";
  const isCalm = kind === "denied" || kind === "missing" || kind === "unsupported";
  return (
    <StateView
      icon={ICONS[kind]}
      tone={isCalm ? "plain" : "error"}
      title={t(TITLES[kind])}
      text={kind === "denied" ? t("state.deniedText") : describeError(error, t)}
      action={
        onRetry &&
        kind !== "denied" && (
          <Button small onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )
      }
    />
  );
}

export interface QueryViewProps<T> {
  query: UseQueryResult<T>;
  /** Shown while the first data loads. */
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
}

/** One widget's data: skeleton, error with retry, empty, or the content. */
export function QueryView<T>({ query, skeleton, children, isEmpty, empty }: QueryViewProps<T>) {
  if (query.isPending) return skeleton;
  if (query.isError && query.data === undefined) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  const { data } = query;
  if (data === undefined) return skeleton;
  if (isEmpty?.(data)) return empty ?? <EmptyState />;
  return children(data);
}
