import { Button, Card, EmptyState, ErrorState, formatSpec, type PeriodSpec, Skeleton } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import {
  type EntityDeclaration,
  findEntity,
  findReport,
  type ReportDeclaration,
} from "../reports/declarations";
import { hasData, type ReportModel } from "../reports/model";
import { Breakdown } from "../reports/parts/Breakdown";
import { EntityPicker, useEntity } from "../reports/parts/EntityPicker";
import { Headlines } from "../reports/parts/Headlines";
import { MainChart } from "../reports/parts/MainChart";
import { QualityNote } from "../reports/parts/QualityNote";
import type { ReportRequest } from "../reports/query";
import { useReport } from "../reports/useReport";
import { useView } from "../state/view";
import NotFoundPage from "./NotFoundPage";
import { useTitle } from "./useTitle";

function ReportSkeleton() {
  return (
    <>
      <div className="grid">
        {[0, 1, 2, 3].map((i) => (
          <Card key={i} span={3}>
            <Skeleton height={112} />
          </Card>
        ))}
      </div>
      <Card>
        <Skeleton height={380} />
      </Card>
    </>
  );
}

/** Whether the period that still runs is in the figures: in loads it is, of statistics only whole ones are. */
function RunningNote({ model, request }: { model: ReportModel; request: ReportRequest }) {
  const { t } = useTranslation();
  const isRunning = request.span.start <= request.now && request.now < request.span.end;
  const hasFigures = model.series.some((series) => series.figures.length > 0);
  if (!isRunning || !hasFigures) return null;
  return request.report.kind === "statistics" ? (
    <p className="muted">{t("report.runningLeftOut")}</p>
  ) : (
    <p className="quality">{t("report.runningCounts")}</p>
  );
}

const WIDER: PeriodSpec = { preset: "last-30-days" };

/** Only zeros and gaps: says so once instead of drawing an empty chart. */
function NoValues() {
  const { t } = useTranslation();
  const { spec, change } = useView();
  const isWide = formatSpec(spec) === formatSpec(WIDER);
  return (
    <Card>
      <EmptyState
        title={t("report.noValues")}
        text={t("report.noSeriesText")}
        action={
          !isWide && (
            <Button onClick={() => change({ spec: WIDER })}>{t("period.preset.last-30-days")}</Button>
          )
        }
      />
    </Card>
  );
}

interface ReportBodyProps {
  report: ReportDeclaration;
  entity: EntityDeclaration;
  id: number;
}

function ReportBody({ report, entity, id }: ReportBodyProps) {
  const { t } = useTranslation();
  const { request, query } = useReport(report.kind, entity.kind, id);
  if (query.isPending) return <ReportSkeleton />;
  if (query.isError && !query.data) {
    return (
      <Card>
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </Card>
    );
  }
  const model = query.data;
  if (!model || model.series.length === 0) {
    return (
      <Card>
        <EmptyState
          title={t("report.noSeries")}
          text={t(report.ofOutput ? "report.noOutputText" : "report.noSeriesText")}
        />
      </Card>
    );
  }
  if (!hasData(model) && !query.isPlaceholderData) return <NoValues />;
  return (
    <div className="report" aria-busy={query.isPlaceholderData || undefined}>
      <Headlines model={model} report={report} />
      <QualityNote quality={model.quality} isForecast={report.kind === "prediction"} />
      <RunningNote model={model} request={request} />
      <MainChart model={model} request={request} isBusy={query.isPlaceholderData} />
      <Breakdown model={model} report={report} />
    </div>
  );
}

/** Every report of every kind of entity. */
export default function ReportPage() {
  const { t } = useTranslation();
  const params = useParams();
  const report = findReport(params.report);
  const entity = findEntity(params.entity);
  const isKnown = report !== undefined && entity !== undefined && report.entities.includes(entity.kind);
  useTitle(isKnown ? t(`report.${report.kind}.name`) : "");
  if (!isKnown) return <NotFoundPage />;
  return <KnownReport report={report} entity={entity} />;
}

function KnownReport({ report, entity }: { report: ReportDeclaration; entity: EntityDeclaration }) {
  const { t } = useTranslation();
  const selection = useEntity(entity, report);
  return (
    <div className="page">
      <div className="page__head">
        <div>
          <h1>{t(`report.${report.kind}.title`)}</h1>
          <p className="page__sub">{t(`report.${report.kind}.question`)}</p>
        </div>
        <div className="page__tools">
          <EntityPicker report={report} entity={entity} selection={selection} />
        </div>
      </div>
      {selection.state === "loading" && <ReportSkeleton />}
      {selection.state === "error" && (
        <Card>
          <ErrorState error={selection.error} onRetry={selection.retry} />
        </Card>
      )}
      {selection.state === "empty" && (
        <Card>
          <EmptyState
            title={t("report.noEntity", { kind: t(`entity.${entity.kind}.plural`) })}
            text={t("report.noEntityText")}
          />
        </Card>
      )}
      {selection.state === "chosen" && <ReportBody report={report} entity={entity} id={selection.id} />}
    </div>
  );
}
