import { Card, formatAge, formatExactWithUnit, useLocale, useNow } from "@ems/ui";
import { CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nameOf, useEdgeState } from "../control/edge";
import { describeComplaint, useLoopWords } from "../control/words";
import { heardMs, useSilentMeters } from "../live/silent";
import { type LimitEvent, useLimitEvents } from "../live/store";
import { useFollowLive } from "../live/useLiveFlow";
import { useMayOpen } from "../state/rights";
import { ViewLink } from "../state/ViewLink";
import { useView } from "../state/view";

const MOST_NAMED = 6;
const AGE_STEP_MS = 30_000;

interface FindingProps {
  /** The sentence when there is nothing to see to. */
  good: string;
  /** The sentence above the list of what is wrong. */
  bad: string;
  items: readonly { key: string | number; content: ReactNode }[];
}

/** One question to the running site: all is well, or what is not. */
function Finding({ good, bad, items }: FindingProps) {
  const { t } = useTranslation();
  if (items.length === 0) {
    return (
      <p className="quality quality--good">
        <CircleCheck size={14} aria-hidden="true" /> {good}
      </p>
    );
  }
  const rest = items.length - MOST_NAMED;
  return (
    <div className="finding">
      <p className="quality">
        <TriangleAlert size={14} aria-hidden="true" /> {bad}
      </p>
      <ul className="finding__list">
        {items.slice(0, MOST_NAMED).map(({ key, content }) => (
          <li key={key}>{content}</li>
        ))}
        {rest > 0 && <li className="muted">{t("now.more", { count: rest })}</li>}
      </ul>
    </div>
  );
}

function SilentMeters() {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow(AGE_STEP_MS);
  const { spaceId } = useView();
  const { meters, silent } = useSilentMeters(spaceId);
  if (!meters || meters.length === 0) return null;
  const items = silent.map((meter) => {
    const last = heardMs(meter);
    const age = last === null ? t("now.never") : formatAge(now - last, locale);
    return {
      key: meter.id,
      content: (
        <>
          <ViewLink to={`/meters/${meter.id}`}>{meter.name}</ViewLink> <span className="muted">{age}</span>
        </>
      ),
    };
  });
  return (
    <Finding
      good={t("now.metersGood", { count: meters.length })}
      bad={t("now.metersBad", { count: silent.length })}
      items={items}
    />
  );
}

/** Devices of the control loop, for those who may see it. */
function Devices() {
  const { t } = useTranslation();
  const { data } = useEdgeState();
  const words = useLoopWords();
  if (!data || !words) return null;
  const ill = data.devices.filter((device) => !device.is_well);
  const failed = data.controllers.filter((controller) => controller.failure !== null);
  const items = [
    ...ill.map((one) => ({ key: one.id, content: `${one.name}: ${describeComplaint(words, one.reason)}` })),
    ...failed.map((one) => ({
      key: one.id,
      content: `${nameOf(one.id, data, words)}: ${describeComplaint(words, one.failure ?? "")}`,
    })),
  ];
  return (
    <Finding
      good={t("now.devicesGood", { count: data.devices.length })}
      bad={t("now.devicesBad", { count: items.length })}
      items={items}
    />
  );
}

/** The newest event of each point, as far as it is still beyond a limit. */
export function beyond(events: readonly LimitEvent[]): LimitEvent[] {
  const newest = new Map<number, LimitEvent>();
  for (const event of events) if (!newest.has(event.point_id)) newest.set(event.point_id, event);
  return [...newest.values()].filter((event) => event.state !== "normal");
}

function Limits() {
  const { t } = useTranslation();
  const locale = useLocale();
  useFollowLive();
  const items = beyond(useLimitEvents()).map((event) => ({
    key: event.point_id,
    content: t(event.state.startsWith("high") ? "now.above" : "now.below", {
      name: event.name,
      value: formatExactWithUnit(event.value, event.unit ?? "", locale),
      limit: formatExactWithUnit(event.limit, event.unit ?? "", locale),
    }),
  }));
  return <Finding good={t("now.limitsGood")} bad={t("now.limitsBad")} items={items} />;
}

/** What the running site says of itself at this moment, whether or not a rule asks for it. */
export function NowCard() {
  const { t } = useTranslation();
  const mayOpen = useMayOpen();
  return (
    <Card title={t("now.title")}>
      <div className="findings">
        <SilentMeters />
        <Devices />
        {mayOpen("/flow") && <Limits />}
      </div>
    </Card>
  );
}
