import { Card, EmptyState, ErrorState, Segmented, Skeleton } from "@ems/ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FlowDiagram, FlowTable } from "../flow/FlowDiagram";
import { useDetailedFlow } from "../flow/useDetailedFlow";
import { useFlowHistory, useLiveFlow } from "../live/useLiveFlow";
import { LiveTrend } from "./LiveTrend";
import { useTitle } from "./useTitle";

/** Buildings with a node of their own; the rest is one more. */
const MOST_BUILDINGS = 7;

type Look = "picture" | "table";

/** The live power flow of the site. */
export default function FlowPage() {
  const { t } = useTranslation();
  useTitle(t("flow.title"));
  const { flow: measured, query } = useLiveFlow();
  const flow = useDetailedFlow(measured, MOST_BUILDINGS);
  useFlowHistory();
  const [look, setLook] = useState<Look>("picture");
  return (
    <div className="page">
      <div className="page__head">
        <h1>{t("flow.title")}</h1>
        <div className="page__tools">
          <Segmented
            label={t("flow.look")}
            value={look}
            options={[
              { value: "picture", label: t("flow.picture") },
              { value: "table", label: t("flow.table") },
            ]}
            onChange={setLook}
          />
        </div>
      </div>
      <Card flush={look === "table"} className="flow-card">
        {!flow && query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {!flow && !query.isError && <Skeleton height={420} />}
        {flow && flow.nodes.length === 0 && <EmptyState title={t("flow.none")} text={t("flow.noneText")} />}
        {flow &&
          flow.nodes.length > 0 &&
          (look === "picture" ? <FlowDiagram flow={flow} /> : <FlowTable flow={flow} />)}
      </Card>
      {/* Who sees no part of the flow has no trend of it either. */}
      {flow?.nodes.length !== 0 && <LiveTrend />}
    </div>
  );
}
