import { useTranslation } from "react-i18next";
import { EnergyCard } from "../home/EnergyCard";
import { FlowCard } from "../home/FlowCard";
import { AlarmsCard, QualityCard } from "../home/HealthCards";
import { PowerNow } from "../home/PowerNow";
import { KPI_KINDS, ReportKpi } from "../home/ReportKpi";
import { TopConsumers } from "../home/TopConsumers";
import { useFlowHistory, useLiveFlow } from "../live/useLiveFlow";
import { useReport } from "../reports/useReport";
import { useView } from "../state/view";
import { LiveTrend } from "./LiveTrend";
import { useTitle } from "./useTitle";

/** What a facility manager looks at first: power now, the day so far, who uses it. */
export default function HomePage() {
  const { t } = useTranslation();
  const { space, spaceId } = useView();
  useTitle(t("nav.home"));
  useFlowHistory();
  const energy = useReport("energycategory", "space", spaceId).query;
  const cost = useReport("cost", "space", spaceId).query;
  const carbon = useReport("carbon", "space", spaceId).query;
  const queries = { energycategory: energy, cost, carbon };
  const { flow } = useLiveFlow();
  // Only who sees the whole site sees its flow; the others get the page without it.
  const hasFlow = flow === null || flow.nodes.length > 0;
  return (
    <div className="page">
      <h1 className="vh">{space?.name ?? t("nav.home")}</h1>
      <div className="grid">
        {hasFlow && <PowerNow />}
        {KPI_KINDS.map((kind) => (
          <ReportKpi key={kind} kind={kind} query={queries[kind]} span={hasFlow ? 3 : 4} />
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
