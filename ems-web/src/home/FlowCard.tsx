import { EmptyState, ErrorState, Skeleton } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { FlowDiagram } from "../flow/FlowDiagram";
import { useDetailedFlow } from "../flow/useDetailedFlow";
import { useLiveFlow } from "../live/useLiveFlow";
import { LinkedCard } from "./LinkedCard";

/** Buildings with a node of their own on the home page. */
const MOST_BUILDINGS = 4;
/** Of the picture on a desktop. */
const HEIGHT = 514;

/**
 * The live power flow in short.
 *
 * @param isLater Whether something else is to be drawn before it.
 */
export function FlowCard({ isLater }: { isLater: boolean }) {
  const { t } = useTranslation();
  return (
    <LinkedCard to="/flow" title={t("flow.title")} span={12} className="flow-card">
      {isLater ? <Skeleton height={HEIGHT} /> : <Diagram />}
    </LinkedCard>
  );
}

function Diagram() {
  const { t } = useTranslation();
  const { flow: measured, query } = useLiveFlow();
  const flow = useDetailedFlow(measured, MOST_BUILDINGS);
  return (
    <>
      {!flow && query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!flow && !query.isError && <Skeleton height={HEIGHT} />}
      {flow && flow.nodes.length === 0 && <EmptyState title={t("flow.none")} text={t("flow.noneText")} />}
      {flow && flow.nodes.length > 0 && <FlowDiagram flow={flow} />}
    </>
  );
}
