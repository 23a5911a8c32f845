import {
  api,
  Button,
  Card,
  type Column,
  DataTable,
  formatAge,
  formatBucket,
  IconButton,
  NO_DATA,
  QueryView,
  SkeletonLines,
  useLocale,
  useNow,
} from "@ems/ui";
import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useAct } from "../library/api";
import { useApi } from "../state/useApi";
import { deviceOf } from "./agent";

const SESSIONS = "/v1/users/me/sessions";
const AGE_EVERY_MS = 30_000;

interface Session {
  id: number;
  is_this: boolean;
  /** Instants carry the offset of the site's zone; null of sessions opened before they were kept. */
  opened_datetime: string | null;
  address: string | null;
  agent: string | null;
  last_used_datetime: string | null;
  last_address: string | null;
}

function useColumns(): Column<Session>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow(AGE_EVERY_MS);
  const act = useAct(SESSIONS);
  const addressOf = (one: Session) => one.last_address ?? one.address ?? NO_DATA;
  return [
    {
      key: "device",
      title: t("sessions.device"),
      cell: (one) => (
        <>
          {deviceOf(one.agent) || t("sessions.unknown")}{" "}
          {one.is_this && <span className="badge">{t("sessions.this")}</span>}
        </>
      ),
    },
    { key: "address", title: t("sessions.address"), cell: addressOf },
    {
      key: "opened",
      title: t("sessions.opened"),
      wideOnly: true,
      cell: (one) =>
        one.opened_datetime ? formatBucket(one.opened_datetime.slice(0, 19), "hourly", locale) : NO_DATA,
    },
    {
      key: "used",
      title: t("sessions.used"),
      cell: (one) =>
        one.last_used_datetime ? formatAge(now - Date.parse(one.last_used_datetime), locale) : NO_DATA,
    },
    {
      key: "tools",
      title: <span className="vh">{t("library.tools")}</span>,
      right: true,
      cell: (one) =>
        !one.is_this && (
          <IconButton
            label={t("sessions.end", {
              device: deviceOf(one.agent) || t("sessions.unknown"),
              address: addressOf(one),
            })}
            icon={<LogOut size={16} />}
            onClick={() => void act(() => api.remove(`${SESSIONS}/${one.id}`), t("sessions.ended"))}
          />
        ),
    },
  ];
}

/** Where the caller is signed in, each with a way to end it. */
export function Sessions() {
  const { t } = useTranslation();
  const columns = useColumns();
  const act = useAct(SESSIONS);
  const query = useApi<readonly Session[]>(SESSIONS);
  const others = query.data?.some((one) => !one.is_this) ?? false;
  return (
    <Card
      title={t("sessions.title")}
      span={12}
      flush
      actions={
        others && (
          <Button onClick={() => void act(() => api.remove(SESSIONS), t("sessions.othersEnded"))}>
            {t("sessions.endOthers")}
          </Button>
        )
      }
    >
      <QueryView
        query={query}
        skeleton={
          <div className="pad">
            <SkeletonLines count={2} />
          </div>
        }
      >
        {(list) => (
          <DataTable
            caption={t("sessions.title")}
            columns={columns}
            rows={list}
            rowKey={(one) => one.id}
            maxHeight={480}
          />
        )}
      </QueryView>
    </Card>
  );
}
