import { EmptyState, ErrorState, Skeleton } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { FlowDiagram } from "../flow/FlowDiagram";
import { useDetailedFlow } from "../flow/useDetailedFlow";
import { useLiveFlow } from "../live/useLiveFlow";
import { LinkedCard } from "./LinkedCard";

/** Buildings with a node of their own on the home page. */
const MOST_BUILDINGS = 4;

/** The live power flow in short. */
export function FlowCard() {
  const { t } = useTranslation();
  const { flow: measured, query } = useLiveFlow();
  const flow = useDetailedFlow(measured, MOST_BUILDINGS);
  return (
    <LinkedCard to="/flow" title={t("flow.title")} span={12} className="flow-card">
      {!flow && query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!flow && !query.isError && <Skeleton height={514} />}
      {flow && flow.nodes.length === 0 && <EmptyState title={t("flow.none")} text={t("flow.noneText")} />}
      {flow && flow.nodes.length > 0 && <FlowDiagram flow={flow} />}
    </LinkedCard>
  );
}
