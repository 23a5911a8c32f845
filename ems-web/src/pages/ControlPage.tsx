import {
  api,
  Button,
  Card,
  type Column,
  DataTable,
  Dialog,
  describeError,
  EmptyState,
  ErrorState,
  Field,
  FormFoot,
  formatExact,
  formatPercent,
  formatWithUnit,
  Kpi,
  QueryView,
  Skeleton,
  SkeletonLines,
  toasts,
  tokenColor,
  useLocale,
} from "@ems/ui";
import { useMutation } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { EdgePanel } from "../control/EdgePanel";
import { nameOf, useEdgeState } from "../control/edge";
import { useLoopWords } from "../control/words";
import { FlowDiagram } from "../flow/FlowDiagram";
import type { Flow, FlowNode } from "../live/store";
import { useFlowHistory, useLiveFlow } from "../live/useLiveFlow";
import { useMay } from "../state/me";
import { useApi } from "../state/useApi";
import { LiveTrend } from "./LiveTrend";
import { PageHead } from "./PageHead";

interface Command {
  id: number;
  name: string;
  topic: string;
  set_value: number | null;
  description: string | null;
}

function BatteryKpi({ node }: { node: FlowNode }) {
  const { t } = useTranslation();
  const soc = node.soc_ratio ?? null;
  return (
    <Card className="kpi-card">
      <Kpi
        name={
          <>
            <span className="dot" style={{ ["--dot" as string]: tokenColor("battery") }} />
            {node.name}
          </>
        }
        value={soc === null ? null : Math.round(soc * 1_000) / 10}
        unit="%"
        foot={
          <>
            <span>{t(`flow.state.${node.state ?? "unknown"}`, { defaultValue: node.state ?? "" })}</span>
            {soc !== null && (
              <meter className="soc" min={0} max={1} low={0.15} value={soc} aria-label={t("flow.soc")} />
            )}
          </>
        }
      />
    </Card>
  );
}

/** How near the grid connection is to its limit. */
function LimitKpi({ node }: { node: FlowNode }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const limit = node.limit_w ?? null;
  const share = limit && node.power_w !== null ? node.power_w / limit : null;
  return (
    <Card className="kpi-card">
      <Kpi
        name={
          <>
            <span className="dot" style={{ ["--dot" as string]: tokenColor("grid") }} />
            {node.name}
          </>
        }
        value={node.power_w === null ? null : node.power_w / 1000}
        unit="kW"
        foot={
          limit !== null && (
            <span>
              {t("control.ofLimit", {
                share: formatPercent(share, locale),
                limit: formatWithUnit(limit / 1000, "kW", locale),
              })}
            </span>
          )
        }
      />
    </Card>
  );
}

const LOOP_TONES: Record<string, string> = {
  run: "badge--good",
  island: "badge--accent",
  fault: "badge--critical",
  shutdown: "badge--critical",
};

/** What the control loop does at this moment, in words. */
function LoopCard({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const words = useLoopWords();
  const loop = useEdgeState().data;
  const state = flow.state ?? "unknown";
  const active = flow.active_controller;
  return (
    <Card className="kpi-card">
      <div className="kpi">
        <div className="kpi__name">{t("control.loop")}</div>
        <div className="kpi__value control__state">
          <span className={`badge ${LOOP_TONES[state] ?? "badge--warning"}`}>
            {t(`control.states.${state}`, { defaultValue: state })}
          </span>
        </div>
        <div className="kpi__foot">
          <span>
            {t("control.active", { name: active ? nameOf(active, loop, words) : t("control.nobody") })}
          </span>
        </div>
      </div>
    </Card>
  );
}

interface SendDialogProps {
  command: Command;
  onClose: () => void;
}

/** Sending acts on a device: it is confirmed with what will be sent and where. */
function SendDialog({ command, onClose }: SendDialogProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [text, setText] = useState(String(command.set_value ?? ""));
  const value = Number(text);
  const isNumber = text.trim() !== "" && Number.isFinite(value);
  const send = useMutation({
    mutationFn: () => api.put(`/v1/commands/${command.id}/send`, { data: { set_value: value } }),
    onSuccess: () => {
      toasts.show(t("control.sent", { name: command.name }));
      onClose();
    },
    onError: (error) => toasts.show(describeError(error, t), { tone: "critical" }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isNumber) send.mutate();
  };
  return (
    <Dialog title={t("control.confirm", { name: command.name })} onClose={onClose}>
      <form className="signin__form" onSubmit={submit}>
        <p>{command.description ?? t("control.confirmText")}</p>
        <Field
          label={t("control.value")}
          type="number"
          step="any"
          required
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {isNumber && (
          <p className="banner banner--warning">
            {t("control.willSend", { value: formatExact(value, locale), topic: command.topic })}
          </p>
        )}
        <FormFoot submit={t("control.send")} onCancel={onClose} canSubmit={isNumber && !send.isPending} />
      </form>
    </Dialog>
  );
}

function Commands() {
  const { t } = useTranslation();
  const locale = useLocale();
  const maySend = useMay("operation", "command");
  const [chosen, setChosen] = useState<Command | null>(null);
  const maySee = useMay("operation", "read");
  const query = useApi<Command[]>("/v1/commands", {}, { isEnabled: maySee });
  const columns: Column<Command>[] = [
    { key: "name", title: t("control.command"), sort: (row) => row.name, cell: (row) => row.name },
    { key: "text", title: t("control.does"), wideOnly: true, cell: (row) => row.description ?? "–" },
    {
      key: "value",
      title: t("control.value"),
      right: true,
      cell: (row) => formatExact(row.set_value, locale),
    },
    {
      key: "send",
      title: "",
      right: true,
      cell: (row) => (
        <Button
          small
          icon={<Send size={14} />}
          disabled={!maySend}
          title={maySend ? undefined : t("edge.lacksRight")}
          onClick={() => setChosen(row)}
        >
          {t("control.send")}
        </Button>
      ),
    },
  ];
  if (!maySee) return null;
  return (
    <Card title={t("control.commands")} flush>
      <QueryView
        query={query}
        skeleton={
          <div className="pad">
            <SkeletonLines count={3} />
          </div>
        }
        isEmpty={(rows) => rows.length === 0}
        empty={<EmptyState title={t("control.noCommands")} text={t("control.noCommandsText")} />}
      >
        {(rows) => (
          <DataTable caption={t("control.commands")} columns={columns} rows={rows} rowKey={(row) => row.id} />
        )}
      </QueryView>
      {chosen && <SendDialog command={chosen} onClose={() => setChosen(null)} />}
    </Card>
  );
}

/** The control of battery and chargers: what flows, what the loop does, and what can be ordered. */
export default function ControlPage() {
  const { t } = useTranslation();
  const { flow, query } = useLiveFlow();
  useFlowHistory();
  const isEmpty = flow !== null && flow.nodes.length === 0;
  return (
    <div className="page">
      <PageHead title={t("control.title")} question={t("control.question")} />
      {!flow && query.isError && (
        <Card>
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      )}
      {!flow && !query.isError && <Skeleton height={520} />}
      {isEmpty && (
        <Card>
          <EmptyState title={t("flow.none")} text={t("control.noneText")} />
        </Card>
      )}
      {flow && !isEmpty && (
        <>
          <div className="kpi-grid">
            <LoopCard flow={flow} />
            {flow.nodes
              .filter((node) => node.kind === "grid")
              .map((node) => (
                <LimitKpi key={node.id} node={node} />
              ))}
            {flow.nodes
              .filter((node) => node.kind === "battery")
              .map((node) => (
                <BatteryKpi key={node.id} node={node} />
              ))}
          </div>
          <Card className="flow-card">
            <FlowDiagram flow={flow} />
          </Card>
          <LiveTrend />
        </>
      )}
      <EdgePanel />
      <Commands />
    </div>
  );
}
