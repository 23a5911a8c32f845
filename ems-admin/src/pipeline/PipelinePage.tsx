import {
  Button,
  type Column,
  formatNumber,
  QueryView,
  Skeleton,
  useLocale,
  useNow,
  useSession,
} from "@ems/ui";
import { RotateCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMoments } from "../model/moments";
import { Page } from "../pages/Page";
import { TableCard } from "../pages/TableCard";
import { FindingsTable } from "./FindingsTable";
import { Headline } from "./Headline";
import { RecomputeDialog } from "./RecomputeDialog";
import { useReasonText } from "./reasons";
import { DaemonCard, StageCard } from "./StageCard";
import { type OpenReason, type Pipeline, SILENT_MS, useEdge, usePipeline, useSources } from "./state";

function AcquisitionCard() {
  const { t } = useTranslation();
  const locale = useLocale();
  const moments = useMoments();
  const now = useNow(10_000);
  const query = useSources();
  const sources = query.data ?? [];
  const seen = sources.filter((source) => source.last_seen_datetime !== null);
  const silent = sources.filter(
    (source) => !source.last_seen_datetime || now - Date.parse(source.last_seen_datetime) > SILENT_MS,
  );
  const newest = seen
    .map((source) => source.last_seen_datetime ?? "")
    .reduce((latest, at) => (Date.parse(at) > (Date.parse(latest) || 0) ? at : latest), "");
  const isAway = sources.length > 0 && silent.length === sources.length;
  if (query.isPending) return <Skeleton height={220} />;
  return (
    <DaemonCard
      title={t("pipeline.stage.acquisition")}
      state={t(
        isAway
          ? "pipeline.state.silent"
          : silent.length > 0
            ? "pipeline.state.partly"
            : "pipeline.state.working",
      )}
      tone={isAway ? "critical" : silent.length > 0 ? "warning" : "good"}
      headline={newest ? moments.age(newest, now) : t("pipeline.nothingYet")}
      sub={t("pipeline.newestReading")}
      facts={[
        { name: t("pipeline.sources"), value: formatNumber(sources.length, locale) },
        {
          name: t("pipeline.silentSources"),
          value:
            silent.length === 0
              ? formatNumber(0, locale)
              : silent.slice(0, 3).map((source, i) => (
                  <span key={source.id}>
                    {i > 0 && ", "}
                    <Link to={`/datasources/${source.id}`}>{source.name}</Link>
                  </span>
                )),
        },
        ...(silent.length > 3
          ? [{ name: t("pipeline.more"), value: formatNumber(silent.length - 3, locale) }]
          : []),
      ]}
    />
  );
}

function EdgeCard() {
  const { t } = useTranslation();
  const locale = useLocale();
  const query = useEdge();
  if (query.isPending) return <Skeleton height={220} />;
  const edge = query.data;
  const ill = (edge?.devices ?? []).filter((device) => !device.is_well);
  return (
    <DaemonCard
      title={t("pipeline.stage.edge")}
      state={t(edge ? "pipeline.state.working" : "pipeline.state.away")}
      tone={!edge ? "" : ill.length > 0 ? "warning" : "good"}
      headline={edge ? t(`pipeline.loop.${edge.state}`, { defaultValue: edge.state }) : t("pipeline.noEdge")}
      sub={t(edge ? "pipeline.edgeState" : "pipeline.noEdgeText")}
      facts={
        edge
          ? [
              { name: t("pipeline.devices"), value: formatNumber(edge.devices.length, locale) },
              {
                name: t("pipeline.illDevices"),
                value:
                  ill.length === 0 ? formatNumber(0, locale) : ill.map((device) => device.name).join(", "),
              },
            ]
          : []
      }
    />
  );
}

type Open = OpenReason & { stage: string };

function OpenTable({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation();
  const { t: tModel } = useTranslation("model");
  const locale = useLocale();
  const moments = useMoments();
  const describe = useReasonText();
  const rows: Open[] = pipeline.stages.flatMap((stage) =>
    stage.open.map((reason) => ({ ...reason, stage: stage.name })),
  );
  const columns: Column<Open>[] = [
    { key: "stage", title: t("pipeline.stageLabel"), cell: (row) => t(`pipeline.stage.${row.stage}`) },
    {
      key: "kind",
      title: t("pipeline.what"),
      cell: (row) =>
        tModel(`choice.${row.entity_kind}`, { defaultValue: row.entity_kind.replaceAll("_", " ") }),
    },
    {
      key: "reason",
      title: t("pipeline.reason"),
      cell: (row) => (row.reason ? describe(row.reason) : "–"),
    },
    {
      key: "windows",
      title: t("pipeline.windows"),
      right: true,
      cell: (row) => formatNumber(row.windows, locale),
      sort: (row) => row.windows,
    },
    {
      key: "range",
      title: t("pipeline.range"),
      wideOnly: true,
      cell: (row) =>
        `${row.from ? moments.short(row.from) : t("pipeline.beginning")} – ${row.to ? moments.short(row.to) : t("pipeline.end")}`,
    },
    {
      key: "since",
      title: t("pipeline.since"),
      wideOnly: true,
      cell: (row) => moments.short(row.since),
      sort: (row) => row.since,
    },
  ];
  return (
    <TableCard
      title={t("pipeline.openTitle")}
      columns={columns}
      rows={rows}
      rowKey={(row) => `${row.stage}-${row.kind}-${row.entity_kind}-${row.reason}`}
      none={{ title: t("pipeline.openNone"), text: t("pipeline.openNoneText") }}
    />
  );
}

/** Whether the figures are current: every daemon, what is open and why, what is wrong. */
export default function PipelinePage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const locale = useLocale();
  const query = usePipeline();
  const [isAsking, setAsking] = useState(false);
  return (
    <Page
      title={t("pipeline.title")}
      sub={t("pipeline.sub")}
      tools={
        user?.isReadOnly !== true && (
          <Button icon={<RotateCw size={16} />} onClick={() => setAsking(true)}>
            {t("pipeline.recompute")}
          </Button>
        )
      }
    >
      <QueryView query={query} skeleton={<Skeleton height={420} />}>
        {(pipeline) => (
          <>
            <Headline pipeline={pipeline} />
            <div className="daemons">
              <AcquisitionCard />
              {pipeline.stages.map((stage) => (
                <StageCard key={stage.name} stage={stage} />
              ))}
              <EdgeCard />
            </div>
            <p className="muted">
              {t("pipeline.provisional", {
                count: pipeline.provisional_slots,
                shown: formatNumber(pipeline.provisional_slots, locale),
                minutes: pipeline.slot_minutes,
              })}
            </p>
            <OpenTable pipeline={pipeline} />
            <FindingsTable findings={pipeline.findings} />
          </>
        )}
      </QueryView>
      {isAsking && <RecomputeDialog onClose={() => setAsking(false)} />}
    </Page>
  );
}
