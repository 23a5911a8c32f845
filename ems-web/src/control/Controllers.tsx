import { Button, Card, useLocale } from "@ems/ui";
import { Power, PowerOff, Settings2, SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LoopWords } from "../i18n/loop.en";
import { useMay } from "../state/me";
import { useSite } from "../state/site";
import { type Controller, type EdgeState, nameOf, partOf } from "./edge";
import { OrderDialog, SwitchDialog } from "./orders";
import { SettingsDialog } from "./SettingsDialog";
import { channelText, type Reader } from "./values";
import { asWords, describeComplaint, describeWish } from "./words";

const TONES = {
  failed: "badge--critical",
  limited: "badge--warning",
  decides: "badge--accent",
  isOn: "badge--good",
  isOff: "",
} as const;

/** Shown by the badge and its sentence already. */
const HIDDEN = new Set(["RunFailed"]);

function useReader(words: LoopWords): Reader {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone, currency } = useSite();
  return { words, locale, timeZone, currency, yes: t("edge.yes"), no: t("edge.no") };
}

interface RowProps {
  controller: Controller;
  state: EdgeState;
  words: LoopWords;
  onOrder: () => void;
  onSettings: () => void;
  onSwitch: () => void;
}

/** Whether a controller acts, and why not. */
function StateCell({ controller, state, words }: Pick<RowProps, "controller" | "state" | "words">) {
  const { t } = useTranslation();
  const { part, limitedBy } = partOf(controller, state);
  const complaints = [controller.failure, ...controller.warnings].filter((said) => said !== null);
  return (
    <div className="controller__state">
      <span className={`badge ${TONES[part]}`}>{t(`edge.${part}`)}</span>
      {limitedBy && <p className="muted">{t("edge.limitedBy", { name: nameOf(limitedBy, state, words) })}</p>}
      {(controller.reasons ?? []).map((said) => (
        <p key={said} className="muted">
          {describeWish(words, said)}
        </p>
      ))}
      {complaints.map((said) => (
        <p key={said}>{describeComplaint(words, said)}</p>
      ))}
    </div>
  );
}

function Row({ controller, state, words, onOrder, onSettings, onSwitch }: RowProps) {
  const { t } = useTranslation();
  const reader = useReader(words);
  const mayOrder = useMay("control", "command");
  const lacksRight = mayOrder ? undefined : t("edge.lacksRight");
  const shown = Object.entries(controller.channels).filter(([name]) => !HIDDEN.has(name));
  const takesOrders = (controller.writable ?? []).length > 0;
  return (
    <li className={`controller${controller.enabled ? "" : " controller--off"}`}>
      <div className="controller__name">
        <strong>{nameOf(controller.id, state, words)}</strong>
        <span className="muted">{controller.id}</span>
      </div>
      <StateCell controller={controller} state={state} words={words} />
      <dl className="controller__values">
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{words.channels[name] ?? asWords(name)}</dt>
            <dd>{channelText(controller, name, value, reader)}</dd>
          </div>
        ))}
      </dl>
      <div className="controller__tools">
        {takesOrders && (
          <Button
            small
            icon={<SlidersHorizontal size={14} />}
            disabled={!mayOrder || !controller.enabled}
            title={lacksRight}
            onClick={onOrder}
          >
            {t("edge.order")}
          </Button>
        )}
        <Button
          small
          icon={<Settings2 size={14} />}
          disabled={!mayOrder}
          title={lacksRight}
          onClick={onSettings}
        >
          {t("edge.settings")}
        </Button>
        <Button
          small
          icon={controller.enabled ? <PowerOff size={14} /> : <Power size={14} />}
          disabled={!mayOrder}
          title={lacksRight}
          onClick={onSwitch}
        >
          {t(controller.enabled ? "edge.off" : "edge.on")}
        </Button>
      </div>
    </li>
  );
}

/** The controllers in the order in which they decide: what each does now, and orders to it. */
export function Controllers({ state, words }: { state: EdgeState; words: LoopWords }) {
  const { t } = useTranslation();
  const [ordered, setOrdered] = useState<Controller | null>(null);
  const [set, setSet] = useState<Controller | null>(null);
  const [switched, setSwitched] = useState<Controller | null>(null);
  return (
    <Card title={t("edge.controllers")} sub={t("edge.controllersSub")} flush>
      <ol className="controllers">
        {state.controllers.map((controller) => (
          <Row
            key={controller.id}
            controller={controller}
            state={state}
            words={words}
            onOrder={() => setOrdered(controller)}
            onSettings={() => setSet(controller)}
            onSwitch={() => setSwitched(controller)}
          />
        ))}
      </ol>
      {switched && (
        <SwitchDialog
          controller={switched}
          name={nameOf(switched.id, state, words)}
          onClose={() => setSwitched(null)}
        />
      )}
      {set && (
        <SettingsDialog
          controller={set}
          name={nameOf(set.id, state, words)}
          words={words}
          onClose={() => setSet(null)}
        />
      )}
      {ordered && (
        <OrderDialog
          controller={ordered}
          name={nameOf(ordered.id, state, words)}
          words={words}
          onClose={() => setOrdered(null)}
        />
      )}
    </Card>
  );
}
