import { Card, EmptyState, ErrorState, Skeleton } from "@ems/ui";
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { FlowDiagram } from "../flow/FlowDiagram";
import { useDetailedFlow } from "../flow/useDetailedFlow";
import { useLiveFlow } from "../live/useLiveFlow";
import { ViewLink } from "../state/ViewLink";

/** Buildings with a node of their own on the home page. */
const MOST_BUILDINGS = 4;

/** The live power flow in short. */
export function FlowCard() {
  const { t } = useTranslation();
  const { flow: measured, query } = useLiveFlow();
  const flow = useDetailedFlow(measured, MOST_BUILDINGS);
  return (
    <Card
      title={t("flow.title")}
      span={12}
      className="flow-card"
      actions={
        <ViewLink to="/flow" className="btn btn--quiet btn--small">
          {t("home.open")} <ArrowRight size={14} aria-hidden="true" className="flip" />
        </ViewLink>
      }
    >
      {!flow && query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {!flow && !query.isError && <Skeleton height={380} />}
      {flow && flow.nodes.length === 0 && <EmptyState title={t("flow.none")} text={t("flow.noneText")} />}
      {flow && flow.nodes.length > 0 && <FlowDiagram flow={flow} />}
    </Card>
  );
}
