import { EmptyState, formatAge, QueryView, SkeletonLines, useLocale, useNow } from "@ems/ui";
import type { UseQueryResult } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSilentMeters } from "../live/silent";
import { useNewMessages } from "../messages/messages";
import { PriorityBadge } from "../messages/PriorityBadge";
import type { ReportModel } from "../reports/model";
import { QualityNote } from "../reports/parts/QualityNote";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";
import { LinkedCard } from "./LinkedCard";

const MOST_SHOWN = 4;
const AGE_STEP_MS = 30_000;
/** What is new may be older than the period of the page. */
const WIDER = { p: "last-30-days" };

/** Messages that nobody has looked at, newest first. */
export function AlarmsCard() {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow(AGE_STEP_MS);
  return (
    <LinkedCard to="/alarms" title={t("home.alarms")} span={6}>
      <QueryView
        query={useNewMessages()}
        skeleton={<SkeletonLines count={3} />}
        isEmpty={(messages) => messages.length === 0}
        empty={
          <p className="quality quality--good">
            <CircleCheck size={14} aria-hidden="true" /> {t("home.noAlarms")}
          </p>
        }
      >
        {(messages) => (
          <ul className="home-alarms">
            {messages.slice(0, MOST_SHOWN).map((message) => (
              <li key={message.id} className="home-alarm">
                <span className="home-alarm__what">
                  <PriorityBadge message={message} />
                  <ViewLink to="/alarms" extra={WIDER}>
                    {message.subject}
                  </ViewLink>
                </span>
                <span className="muted">{formatAge(now - message.created_datetime, locale)}</span>
              </li>
            ))}
            {messages.length > MOST_SHOWN && (
              <li className="muted">{t("now.more", { count: messages.length - MOST_SHOWN })}</li>
            )}
          </ul>
        )}
      </QueryView>
    </LinkedCard>
  );
}

/** Whether the numbers can be relied upon: doubtful hours, and meters that went silent. */
export function QualityCard({ query }: { query: UseQueryResult<ReportModel> }) {
  const { t } = useTranslation();
  const { spaceId } = useView();
  const { meters, silent } = useSilentMeters(spaceId);
  return (
    <LinkedCard to="/meters" more={t("nav.meters")} title={t("home.quality")} span={6}>
      <QueryView
        query={query}
        skeleton={<SkeletonLines count={3} />}
        isEmpty={(model) => model.series.length === 0}
        empty={<EmptyState title={t("report.emptyText")} />}
      >
        {(model) => (
          <div className="home-quality">
            <QualityNote quality={model.quality} />
            {meters && (
              <p className={`quality ${silent.length === 0 ? "quality--good" : ""}`}>
                {t("home.meters", { live: meters.length - silent.length, count: meters.length })}
              </p>
            )}
          </div>
        )}
      </QueryView>
    </LinkedCard>
  );
}
