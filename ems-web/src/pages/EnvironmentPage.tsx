import { Card, EmptyState, ErrorState, QueryView, Segmented, Skeleton } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { readCurves } from "../reports/curves";
import { type Json, object } from "../reports/json";
import { CurvesCard } from "../reports/parts/CurvesCard";
import type { EntityItem } from "../reports/parts/ItemPicker";
import { useApi } from "../state/useApi";
import { useParam } from "../state/useParam";
import { useView } from "../state/view";
import { PageHead } from "./PageHead";

const RANGES = ["24h", "7d", "30d"] as const;
const REFRESH_MS = 60_000;

function Sensor({ sensor, range }: { sensor: EntityItem; range: string }) {
  const { t } = useTranslation();
  const answer = useApi<Json>(
    "/v1/reports/spaceenvironmentmonitor",
    { sensorid: sensor.id, timerange: range },
    { everyMs: REFRESH_MS },
  );
  return (
    <QueryView
      query={answer}
      skeleton={
        <Card title={sensor.name}>
          <Skeleton height={240} />
        </Card>
      }
    >
      {(data) => {
        const curves = readCurves(object(data, "parameters"));
        return curves.length > 0 ? (
          <CurvesCard
            title={sensor.name}
            curves={curves}
            busy={answer.isPlaceholderData}
            fileName={`sensor-${sensor.id}`}
          />
        ) : (
          <Card title={sensor.name}>
            <EmptyState title={t("report.noValues")} text={t("meter.noTrendText")} />
          </Card>
        );
      }}
    </QueryView>
  );
}

/** Temperature, humidity and the like of the space's sensors. */
export default function EnvironmentPage() {
  const { t } = useTranslation();
  const { spaceId } = useView();
  const [range, setRange] = useParam("range", "24h");
  const list = useApi<EntityItem[]>(`/v1/spaces/${spaceId}/sensors`, {}, { isEnabled: spaceId !== null });
  return (
    <div className="page">
      <PageHead
        title={t("environment.title")}
        question={t("environment.question")}
        tools={
          <Segmented
            label={t("environment.range")}
            value={range}
            options={RANGES.map((value) => ({ value, label: t(`environment.ranges.${value}`) }))}
            onChange={setRange}
          />
        }
      />
      {list.isPending && <Skeleton height={320} />}
      {list.isError && !list.data && (
        <Card>
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        </Card>
      )}
      {list.data?.length === 0 && (
        <Card>
          <EmptyState title={t("environment.none")} text={t("environment.noneText")} />
        </Card>
      )}
      {list.data?.map((sensor) => (
        <Sensor key={sensor.id} sensor={sensor} range={range} />
      ))}
    </div>
  );
}
