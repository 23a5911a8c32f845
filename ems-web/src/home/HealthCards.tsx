import { Card, EmptyState, QueryView, SkeletonLines } from "@ems/ui";
import type { UseQueryResult } from "@tanstack/react-query";
import { ArrowRight, BellOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLiveMeters } from "../live/meters";
import { useNewMessages } from "../messages/messages";
import type { ReportModel } from "../reports/model";
import { QualityNote } from "../reports/parts/QualityNote";
import { useLocalNow } from "../state/site";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";

const STALE_MS = 5 * 60_000;
const MOST_SHOWN = 4;

/** Messages that nobody has looked at, newest first. */
export function AlarmsCard() {
  const { t } = useTranslation();
  const query = useNewMessages();
  return (
    <Card
      title={t("home.alarms")}
      span={6}
      actions={
        <ViewLink to="/alarms" className="btn btn--quiet btn--small">
          {t("home.open")} <ArrowRight size={14} aria-hidden="true" className="flip" />
        </ViewLink>
      }
    >
      <QueryView
        query={query}
        skeleton={<SkeletonLines count={3} />}
        isEmpty={(messages) => messages.length === 0}
        empty={
          <p className="quality quality--good">
            <BellOff size={14} aria-hidden="true" /> {t("home.noAlarms")}
          </p>
        }
      >
        {(messages) => (
          <ul className="home-alarms">
            {messages.slice(0, MOST_SHOWN).map((message) => (
              <li key={message.id}>
                <ViewLink to="/alarms">{message.subject}</ViewLink>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}

/** Whether the numbers can be relied upon: doubtful hours, and meters that went silent. */
export function QualityCard({ query }: { query: UseQueryResult<ReportModel> }) {
  const { t } = useTranslation();
  const { spaceId } = useView();
  // Renews the ages every half minute.
  useLocalNow();
  const meters = useLiveMeters(spaceId);
  const silent = (meters.data ?? []).filter((meter) => {
    const newest = Math.max(0, ...meter.points.map((point) => Date.parse(point.utc ?? "") || 0));
    return meters.dataUpdatedAt - newest > STALE_MS;
  });
  return (
    <Card
      title={t("home.quality")}
      span={6}
      actions={
        <ViewLink to="/meters" className="btn btn--quiet btn--small">
          {t("nav.meters")} <ArrowRight size={14} aria-hidden="true" className="flip" />
        </ViewLink>
      }
    >
      <QueryView
        query={query}
        skeleton={<SkeletonLines count={3} />}
        isEmpty={(model) => model.series.length === 0}
        empty={<EmptyState title={t("report.emptyText")} />}
      >
        {(model) => (
          <div className="home-quality">
            <QualityNote quality={model.quality} />
            {meters.data && (
              <p className={`quality ${silent.length === 0 ? "quality--good" : ""}`}>
                {t("home.meters", {
                  live: meters.data.length - silent.length,
                  count: meters.data.length,
                })}
              </p>
            )}
          </div>
        )}
      </QueryView>
    </Card>
  );
}
