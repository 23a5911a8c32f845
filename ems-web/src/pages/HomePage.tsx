import { formatSpan, useLocale } from "@ems/ui";
import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";
import { EnergyCard } from "../home/EnergyCard";
import { FlowCard } from "../home/FlowCard";
import { AlarmsCard, QualityCard } from "../home/HealthCards";
import { KPI_KINDS } from "../home/kinds";
import { PowerNow } from "../home/PowerNow";
import { ReportKpi } from "../home/ReportKpi";
import { TopConsumers } from "../home/TopConsumers";
import { useHasFlow } from "../live/store";
import { useFlowHistory } from "../live/useLiveFlow";
import { useReport } from "../reports/useReport";
import { useMayOpen } from "../state/rights";
import { useSite } from "../state/site";
import { useSpaceTree } from "../state/spaces";
import { useView } from "../state/view";
import { LiveTrend } from "./LiveTrend";
import { useTitle } from "./useTitle";

/** What a facility manager looks at first: power now, the day so far, who uses it. */
export default function HomePage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { space, spaceId, span, base } = useView();
  const { name, timeZone } = useSite();
  const mayOpen = useMayOpen();
  useTitle(t("nav.home"));
  const mayLive = mayOpen("/flow");
  useFlowHistory(mayLive);
  const idFor = (kind: string) => (mayOpen(`/report/space/${kind}`) ? spaceId : null);
  const reports = {
    energycategory: useReport("energycategory", "space", idFor("energycategory")),
    cost: useReport("cost", "space", idFor("cost")),
    carbon: useReport("carbon", "space", idFor("carbon")),
  };
  const kinds = KPI_KINDS.filter((kind) => mayOpen(`/report/space/${kind}`));
  const hasEnergy = kinds.includes("energycategory");
  const energy = reports.energycategory.query;
  // Figures are what is looked at first: what takes long to draw comes after they are on the screen.
  const isTreeAwaited = useSpaceTree().isPending;
  const isAwaited = kinds.some((kind) => {
    const { isPending, isFetching } = reports[kind].query;
    return isPending && (isFetching || isTreeAwaited);
  });
  const hasFigures = useDeferredValue(!isAwaited, false);
  // Only who sees the whole site sees its flow; the others get the page without it.
  const hasFlow = useHasFlow() && mayLive;
  return (
    <div className="page">
      <div className="page__head">
        <div>
          <h1>{space?.name ?? (name || t("nav.home"))}</h1>
          <p className="page__sub">
            {t(base ? "home.about" : "home.aboutAlone", {
              span: formatSpan(span, locale),
              base: base && formatSpan(base, locale),
              zone: timeZone,
            })}
          </p>
        </div>
      </div>
      <div className="grid">
        {hasFlow && <PowerNow />}
        {kinds.map((kind) => (
          <ReportKpi key={kind} kind={kind} {...reports[kind]} span={hasFlow ? 3 : 4} />
        ))}
        {hasFlow && <FlowCard isLater={!hasFigures} />}
        {hasFlow ? <LiveTrend span={8} isLater={!hasFigures} /> : hasEnergy && <EnergyCard query={energy} />}
        {hasEnergy && <TopConsumers query={energy} />}
        <AlarmsCard />
        {hasEnergy && <QualityCard query={energy} />}
      </div>
    </div>
  );
}
