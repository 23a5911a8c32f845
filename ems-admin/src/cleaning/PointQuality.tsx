import {
  Card,
  type Column,
  DataTable,
  EmptyState,
  formatNumber,
  QueryView,
  Skeleton,
  useLocale,
  useSession,
} from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMoments } from "../model/moments";
import { previewRules, type StoredVerdicts, useVerdicts } from "./api";
import { useDetails } from "./details";
import { GapFilling } from "./GapFilling";
import { PeriodChoice, type PeriodDays, PreviewView, useRuleName, useSpan } from "./parts";
import { usePointUnit } from "./RulePreview";

type Row = StoredVerdicts["verdicts"][number];

function Stored({ pointId, days }: { pointId: number; days: PeriodDays }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const moments = useMoments();
  const nameOf = useRuleName();
  const detailOf = useDetails();
  const [rule, setRule] = useState("");
  const span = useSpan(days);
  const all = useVerdicts(pointId, span, "");
  const query = useVerdicts(pointId, span, rule);
  const columns: Column<Row>[] = [
    { key: "utc", title: t("quality.time"), cell: (row) => moments.full(row.utc), sort: (row) => row.utc },
    { key: "rule", title: t("quality.rule"), cell: (row) => nameOf(row.rule), sort: (row) => row.rule },
    {
      key: "detail",
      title: t("quality.detail"),
      cell: (row) => <span className="wrap">{detailOf(row)}</span>,
    },
    {
      key: "judged",
      title: t("quality.judged"),
      wideOnly: true,
      cell: (row) => moments.full(row.judged_utc),
    },
  ];
  return (
    <Card title={t("quality.verdicts")} flush>
      <div className="chips pad-x">
        {["", ...Object.keys(all.data?.counts ?? {})].map((one) => (
          <button
            key={one}
            type="button"
            className="btn btn--small"
            aria-pressed={rule === one}
            onClick={() => setRule(one)}
          >
            {one ? `${nameOf(one)} ${formatNumber(all.data?.counts[one] ?? 0, locale)}` : t("quality.all")}
          </button>
        ))}
      </div>
      <QueryView
        query={query}
        skeleton={<Skeleton height={160} />}
        isEmpty={(found) => found.verdicts.length === 0}
        empty={<EmptyState title={t("quality.noVerdicts")} text={t("quality.noVerdictsText")} />}
      >
        {(found) => (
          <DataTable
            caption={t("quality.verdicts")}
            columns={columns}
            rows={found.verdicts}
            rowKey={(row) => `${row.utc}-${row.rule}`}
            maxHeight={400}
          />
        )}
      </QueryView>
    </Card>
  );
}

function Now({ pointId, days }: { pointId: number; days: PeriodDays }) {
  const { t } = useTranslation();
  const span = useSpan(days);
  const unit = usePointUnit(pointId);
  const query = useQuery({
    queryKey: ["rule-preview", pointId, span],
    retry: false,
    queryFn: () => previewRules(pointId, span, {}),
  });
  return (
    <Card title={t("quality.title")}>
      <QueryView
        query={query}
        skeleton={<Skeleton height={320} />}
        isEmpty={(preview) => preview.readings === 0}
        empty={<EmptyState title={t("quality.noReadings")} text={t("quality.noReadingsText")} />}
      >
        {(preview) => <PreviewView preview={preview} unit={unit} />}
      </QueryView>
    </Card>
  );
}

/** How good the readings of a point are: the picture, verdicts with reasons, and what fills the gaps. */
export function PointQuality({ id }: { id: string }) {
  const { user } = useSession();
  const [days, setDays] = useState<PeriodDays>("7");
  const pointId = Number(id);
  const canWrite = user?.isReadOnly !== true;
  return (
    <div className="stack">
      <PeriodChoice value={days} onChange={setDays} />
      {/* A trial is a write for the API; who may only read sees the stored verdicts. */}
      {canWrite && <Now pointId={pointId} days={days} />}
      <Stored pointId={pointId} days={days} />
      <GapFilling pointId={pointId} days={days} canWrite={canWrite} />
    </div>
  );
}
