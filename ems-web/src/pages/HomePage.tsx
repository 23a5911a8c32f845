import { formatSpan, useLocale } from "@ems/ui";
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
import { useSite } from "../state/site";
import { useView } from "../state/view";
import { LiveTrend } from "./LiveTrend";
import { useTitle } from "./useTitle";

/** What a facility manager looks at first: power now, the day so far, who uses it. */
export default function HomePage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { space, spaceId, span, base } = useView();
  const { name, timeZone } = useSite();
  useTitle(t("nav.home"));
  useFlowHistory();
  const reports = {
    energycategory: useReport("energycategory", "space", spaceId),
    cost: useReport("cost", "space", spaceId),
    carbon: useReport("carbon", "space", spaceId),
  };
  const energy = reports.energycategory.query;
  // Only who sees the whole site sees its flow; the others get the page without it.
  const hasFlow = useHasFlow();
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
        {KPI_KINDS.map((kind) => (
          <ReportKpi key={kind} kind={kind} {...reports[kind]} span={hasFlow ? 3 : 4} />
        ))}
        {hasFlow && <FlowCard />}
        {hasFlow ? <LiveTrend span={8} /> : <EnergyCard query={energy} />}
        <TopConsumers query={energy} />
        <AlarmsCard />
        <QualityCard query={energy} />
      </div>
    </div>
  );
}
