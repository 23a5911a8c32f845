import {
  Card,
  type Column,
  DataTable,
  EmptyState,
  formatAge,
  formatExact,
  formatNumber,
  QueryView,
  SkeletonLines,
  useLocale,
  useNow,
} from "@ems/ui";
import { useTranslation } from "react-i18next";
import type { LoopWords } from "../i18n/loop.en";
import { Controllers } from "./Controllers";
import { describeReason, type EdgeDevice, type EdgeState, nameOf, useEdgeState, useMaySeeLoop } from "./edge";
import { asWords, describeComplaint, useLoopWords } from "./words";

const MOST_TRANSITIONS = 8;
const AGE_STEP_MS = 5_000;

function Devices({ state, words }: { state: EdgeState; words: LoopWords | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const columns: Column<EdgeDevice>[] = [
    { key: "name", title: t("edge.device"), cell: (row) => row.name },
    {
      key: "well",
      title: t("edge.stateTitle"),
      cell: (row) => (
        <>
          <span className={`badge ${row.is_well ? "badge--good" : "badge--critical"}`}>
            {t(row.is_well ? "edge.well" : "edge.ill")}
          </span>
          {row.reason && <p className="muted">{words ? describeComplaint(words, row.reason) : row.reason}</p>}
        </>
      ),
    },
    {
      key: "latency",
      title: `${t("edge.latency")} [ms]`,
      right: true,
      wideOnly: true,
      cell: (row) => formatNumber(row.latency_ms, locale),
    },
    {
      key: "failures",
      title: t("edge.failures"),
      right: true,
      cell: (row) => formatExact(row.failures, locale),
    },
  ];
  return (
    <Card title={t("edge.devices")} span={6} flush>
      <DataTable
        caption={t("edge.devices")}
        columns={columns}
        rows={state.devices}
        rowKey={(row) => row.id}
      />
    </Card>
  );
}

function Transitions({ state, words }: { state: EdgeState; words: LoopWords | undefined }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow(AGE_STEP_MS);
  const newest = state.transitions.toReversed().slice(0, MOST_TRANSITIONS);
  const named = (id: string, channel?: string) => {
    const part = state.devices.find((device) => device.id === id)?.name ?? nameOf(id, state, words);
    return channel ? `${part}: ${words?.channels[channel] ?? asWords(channel)}` : part;
  };
  const name = (word: string) => t(`control.states.${word}`, { defaultValue: word });
  return (
    <Card title={t("edge.transitions")} span={6}>
      {newest.length === 0 && <EmptyState title={t("edge.noTransitions")} />}
      <ul className="transitions">
        {newest.map((one) => (
          <li key={`${one.utc}-${one.to}`}>
            <span className="muted">{formatAge(now - Date.parse(one.utc), locale)}</span>
            <strong>
              {name(one.from)} → {name(one.to)}
            </strong>
            <span>{describeReason(one.reason, t, named)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What the control loop tells of itself, and orders to it; for those who may. */
export function EdgePanel() {
  const maySee = useMaySeeLoop();
  const query = useEdgeState();
  const words = useLoopWords();
  if (!maySee) return null;
  return (
    <QueryView
      query={query}
      skeleton={
        <Card>
          <SkeletonLines count={5} />
        </Card>
      }
    >
      {(state) => (
        <>
          {words ? (
            <Controllers state={state} words={words} />
          ) : (
            <Card>
              <SkeletonLines count={5} />
            </Card>
          )}
          <div className="grid">
            <Devices state={state} words={words} />
            <Transitions state={state} words={words} />
          </div>
        </>
      )}
    </QueryView>
  );
}
