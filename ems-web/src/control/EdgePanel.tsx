import {
  Button,
  Card,
  type Column,
  DataTable,
  Dialog,
  describeError,
  EmptyState,
  Field,
  FormFoot,
  formatAge,
  formatExact,
  formatExactWithUnit,
  formatNumber,
  formatWithUnit,
  NO_DATA,
  QueryView,
  SkeletonLines,
  toasts,
  useLocale,
  useNow,
} from "@ems/ui";
import { Power, PowerOff, SlidersHorizontal } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../state/me";
import {
  type ChannelValue,
  type Controller,
  describeReason,
  type EdgeDevice,
  type EdgeState,
  useEdgeState,
  useMaySeeLoop,
  useOrders,
} from "./edge";

const MOST_TRANSITIONS = 8;
const LONGEST_MINUTES = 1_440;
const AGE_STEP_MS = 5_000;

/** Channels that hold watts; their names say so by their ends. */
const WATTS = /(?:Power|Limit|Production|Consumption)$/;

/** "DistanceToLimit" as words. */
function channelName(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function useChannelText(): (name: string, value: ChannelValue) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (name, value) => {
    if (typeof value === "boolean") return t(value ? "edge.yes" : "edge.no");
    if (typeof value !== "number") return value ?? NO_DATA;
    return WATTS.test(name) ? formatWithUnit(value / 1000, "kW", locale) : formatNumber(value, locale);
  };
}

interface SwitchDialogProps {
  controller: Controller;
  onClose: () => void;
}

/** Switching a controller changes what the plant does: it is confirmed by name. */
function SwitchDialog({ controller, onClose }: SwitchDialogProps) {
  const { t } = useTranslation();
  const { enable } = useOrders();
  const verb = controller.enabled ? "off" : "on";
  const run = () =>
    enable.mutate(
      { controller: controller.id, enabled: !controller.enabled },
      {
        onSuccess: () => {
          toasts.show(t("edge.accepted"));
          onClose();
        },
        onError: (error) => toasts.show(describeError(error, t), { tone: "critical" }),
      },
    );
  return (
    <Dialog
      title={t(`edge.${verb}Title`, { name: controller.id })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button tone={controller.enabled ? "danger" : "primary"} disabled={enable.isPending} onClick={run}>
            {t(`edge.${verb}`)}
          </Button>
        </>
      }
    >
      <p>{t(`edge.${verb}Text`, { type: controller.type })}</p>
    </Dialog>
  );
}

/** A set-point for a time, shown in words before it is sent. */
function OrderDialog({ controller, onClose }: SwitchDialogProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { write } = useOrders();
  const listId = useId();
  const [channel, setChannel] = useState("");
  const [text, setText] = useState("");
  const [minutes, setMinutes] = useState("15");
  const [refusal, setRefusal] = useState("");
  const value = Number(text);
  const length = Number(minutes);
  const isFine = channel !== "" && text !== "" && Number.isFinite(value) && length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setRefusal("");
    write.mutate(
      { controller: controller.id, channel, value, seconds: length * 60 },
      {
        onSuccess: () => {
          toasts.show(t("edge.accepted"));
          onClose();
        },
        onError: (error) => setRefusal(describeError(error, t)),
      },
    );
  };
  return (
    <Dialog title={t("edge.orderTitle", { name: controller.id })} onClose={onClose}>
      <form className="signin__form" onSubmit={submit}>
        <p className="muted">{t("edge.orderText")}</p>
        <Field
          label={t("edge.channel")}
          list={listId}
          required
          value={channel}
          onChange={(event) => setChannel(event.target.value)}
        />
        <datalist id={listId}>
          {Object.keys(controller.channels).map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Field
          label={WATTS.test(channel) ? `${t("control.value")} [W]` : t("control.value")}
          type="number"
          step="any"
          required
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Field
          label={t("edge.minutes")}
          type="number"
          min={1}
          max={LONGEST_MINUTES}
          required
          value={minutes}
          onChange={(event) => setMinutes(event.target.value)}
        />
        <div aria-live="polite">
          {refusal && <p className="banner banner--critical">{refusal}</p>}
          {isFine && !refusal && (
            <p className="banner banner--warning">
              {t("edge.willSet", {
                channel,
                value: formatExactWithUnit(value, WATTS.test(channel) ? "W" : "", locale),
                count: length,
              })}
            </p>
          )}
        </div>
        <FormFoot submit={t("control.send")} onCancel={onClose} canSubmit={isFine && !write.isPending} />
      </form>
    </Dialog>
  );
}

function Channels({ controller }: { controller: Controller }) {
  const textOf = useChannelText();
  return (
    <ul className="channels">
      {Object.entries(controller.channels)
        .filter(([name]) => name !== "RunFailed")
        .map(([name, value]) => (
          <li key={name}>
            <span className="muted">{channelName(name)}</span> {textOf(name, value)}
          </li>
        ))}
    </ul>
  );
}

function Controllers({ state }: { state: EdgeState }) {
  const { t } = useTranslation();
  const mayOrder = useMay("control", "command");
  const [switched, setSwitched] = useState<Controller | null>(null);
  const [ordered, setOrdered] = useState<Controller | null>(null);
  const lacksRight = mayOrder ? undefined : t("edge.lacksRight");
  const columns: Column<Controller>[] = [
    {
      key: "name",
      title: t("edge.controller"),
      cell: (row) => (
        <span>
          {row.id} <span className="muted">{row.type}</span>
        </span>
      ),
    },
    {
      key: "state",
      title: t("edge.stateTitle"),
      cell: (row) => {
        const tone = row.failure ? "badge--critical" : row.enabled ? "badge--good" : "";
        const word = row.failure ? "failed" : row.enabled ? "isOn" : "isOff";
        return (
          <span className={`badge ${tone}`} title={row.failure ?? row.warnings.join("; ")}>
            {t(`edge.${word}`)}
          </span>
        );
      },
    },
    {
      key: "channels",
      title: t("edge.values"),
      wideOnly: true,
      cell: (row) => <Channels controller={row} />,
    },
    {
      key: "tools",
      title: <span className="vh">{t("edge.tools")}</span>,
      right: true,
      cell: (row) => (
        <span className="edge-tools">
          <Button
            small
            icon={<SlidersHorizontal size={14} />}
            disabled={!mayOrder || !row.enabled}
            title={lacksRight}
            onClick={() => setOrdered(row)}
          >
            {t("edge.order")}
          </Button>
          <Button
            small
            icon={row.enabled ? <PowerOff size={14} /> : <Power size={14} />}
            disabled={!mayOrder}
            title={lacksRight}
            onClick={() => setSwitched(row)}
          >
            {t(row.enabled ? "edge.off" : "edge.on")}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Card title={t("edge.controllers")} sub={t("edge.controllersSub")} flush>
      <DataTable
        caption={t("edge.controllers")}
        columns={columns}
        rows={state.controllers}
        rowKey={(row) => row.id}
      />
      {switched && <SwitchDialog controller={switched} onClose={() => setSwitched(null)} />}
      {ordered && <OrderDialog controller={ordered} onClose={() => setOrdered(null)} />}
    </Card>
  );
}

function Devices({ state }: { state: EdgeState }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const columns: Column<EdgeDevice>[] = [
    { key: "name", title: t("edge.device"), cell: (row) => row.name },
    {
      key: "well",
      title: t("edge.stateTitle"),
      cell: (row) => (
        <span className={`badge ${row.is_well ? "badge--good" : "badge--critical"}`} title={row.reason}>
          {t(row.is_well ? "edge.well" : "edge.ill")}
        </span>
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

function Transitions({ state }: { state: EdgeState }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = useNow(AGE_STEP_MS);
  const newest = state.transitions.toReversed().slice(0, MOST_TRANSITIONS);
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
            <span>{describeReason(one.reason, t)}</span>
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
          <Controllers state={state} />
          <div className="grid">
            <Devices state={state} />
            <Transitions state={state} />
          </div>
        </>
      )}
    </QueryView>
  );
}
