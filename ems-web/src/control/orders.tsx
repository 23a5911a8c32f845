import {
  Button,
  Dialog,
  describeError,
  Field,
  FormFoot,
  formatExactWithUnit,
  toasts,
  useLocale,
} from "@ems/ui";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LoopWords } from "../i18n/loop.en";
import { type Controller, useOrders } from "./edge";
import { asWords } from "./words";

const LONGEST_MINUTES = 1_440;

interface OrderProps {
  controller: Controller;
  /** What its reader calls it. */
  name: string;
  onClose: () => void;
}

/** Switching a controller changes what the plant does: it is confirmed by name. */
export function SwitchDialog({ controller, name, onClose }: OrderProps) {
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
      title={t(`edge.${verb}Title`, { name })}
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
      <p>{t(`edge.${verb}Text`, { name })}</p>
    </Dialog>
  );
}

/** A set-point for a time, shown in words before it is sent. */
export function OrderDialog({ controller, name, words, onClose }: OrderProps & { words: LoopWords }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { write } = useOrders();
  const channels = controller.writable ?? [];
  const [channel, setChannel] = useState(channels[0] ?? "");
  const [text, setText] = useState("");
  const [minutes, setMinutes] = useState("15");
  const [refusal, setRefusal] = useState("");
  const nameOfChannel = (one: string) => words.channels[one] ?? asWords(one);
  const unit = controller.units?.[channel] ?? "";
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
    <Dialog title={t("edge.orderTitle", { name })} onClose={onClose}>
      <form className="signin__form" onSubmit={submit}>
        <p className="muted">{t("edge.orderText")}</p>
        <label className="field">
          <span className="field__label">{t("edge.channel")}</span>
          <select className="input" value={channel} onChange={(event) => setChannel(event.target.value)}>
            {channels.map((one) => (
              <option key={one} value={one}>
                {nameOfChannel(one)}
              </option>
            ))}
          </select>
        </label>
        <Field
          label={unit ? `${t("control.value")} [${unit}]` : t("control.value")}
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
                channel: nameOfChannel(channel),
                value: formatExactWithUnit(value, unit, locale),
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
