import { Card, ErrorState, formatWithUnit, Kpi, Skeleton, Sparkline, tokenColor, useLocale } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { consumptionW } from "../flow/layout";
import { useFlowSamples } from "../live/store";
import { useLiveFlow } from "../live/useLiveFlow";

const SPARK_SAMPLES = 120;

/** What is used at this moment, and how much of it the grid gives. */
export function PowerNow() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { flow, query } = useLiveFlow();
  const samples = useFlowSamples();
  if (!flow && query.isError) {
    return (
      <Card span={3}>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    );
  }
  const grid = flow?.nodes.find((node) => node.kind === "grid");
  const consumers = flow?.nodes.filter((node) => node.kind === "building" || node.kind === "charger") ?? [];
  const recent = samples.slice(-SPARK_SAMPLES).map((s) => (grid ? (s.power[grid.id] ?? null) : null));
  return (
    <Card span={3} className="kpi-card">
      {flow ? (
        <Kpi
          name={
            <>
              <span className="dot" style={{ ["--dot" as string]: tokenColor("building") }} />
              {t("home.powerNow")}
            </>
          }
          value={consumptionW(consumers) / 1000}
          unit="kW"
          foot={
            grid && (
              <span>
                {t("home.fromGrid", {
                  power: formatWithUnit(grid.power_w === null ? null : grid.power_w / 1000, "kW", locale),
                })}
              </span>
            )
          }
        >
          <Sparkline values={recent} color={tokenColor("grid")} />
        </Kpi>
      ) : (
        <Skeleton height={158} />
      )}
    </Card>
  );
}
