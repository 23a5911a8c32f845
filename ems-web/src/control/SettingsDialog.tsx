import {
  Button,
  Dialog,
  describeError,
  FormFoot,
  QueryView,
  SkeletonLines,
  toasts,
  useLocale,
} from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LoopWords } from "../i18n/loop.en";
import { useSite } from "../state/site";
import { type Controller, type ControllerSettings, useOrders, useSettings } from "./edge";
import {
  changed,
  fileTexts,
  fromText,
  loadSettingWords,
  NoValue,
  type Setting,
  spoken,
  toSettings,
} from "./settings";

type Texts = Readonly<Record<string, string>>;

interface FieldProps {
  setting: Setting;
  text: string;
  isBad: boolean;
  onChange: (text: string) => void;
}

function SettingField({ setting, text, isBad, onChange }: FieldProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const { kind, choices, property, unit, factor } = setting;
  const shared = {
    id,
    className: "input",
    value: text,
    "aria-invalid": isBad || undefined,
    "aria-describedby": `${id}-help`,
  };
  // The control speaks English; other readers have the name of the setting in their language.
  const help = i18n.language === "en" ? setting.help : "";
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {unit ? `${setting.label} [${unit}]` : setting.label}
      </label>
      {choices.length > 0 && (
        <select {...shared} onChange={(event) => onChange(event.target.value)}>
          {choices.map((one) => (
            <option key={one.value} value={one.value}>
              {one.text}
            </option>
          ))}
        </select>
      )}
      {kind === "number" && (
        <input
          {...shared}
          type="number"
          step="any"
          min={property.minimum === undefined ? undefined : property.minimum * factor}
          max={property.maximum === undefined ? undefined : property.maximum * factor}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {kind === "text" && <input {...shared} onChange={(event) => onChange(event.target.value)} />}
      {kind === "structure" && (
        <textarea
          {...shared}
          rows={3}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <span className={isBad ? "field__error" : "muted settings__help"} id={`${id}-help`}>
        {isBad ? t("edge.notAValue") : help}
      </span>
    </div>
  );
}

/** The changes in words, before they are carried out. */
function Changes({
  settings,
  texts,
  children,
}: {
  settings: readonly Setting[];
  texts: Texts;
  children?: ReactNode;
}) {
  const locale = useLocale();
  return (
    <ul className="settings__changes">
      {children}
      {settings.map((one) => (
        <li key={one.name}>
          {one.label}: <s>{spoken(one, one.text, locale)}</s> →{" "}
          <strong>{spoken(one, texts[one.name] ?? "", locale)}</strong>
        </li>
      ))}
    </ul>
  );
}

type Change = NonNullable<ControllerSettings["changed"]>;

/** Whom the control names as the owner of a change: a name, without the key behind it. */
function ownerName(owner: string): string {
  return owner.replace(/\s*<[^>]*>$/, "");
}

/** Who set the controller otherwise than the site's configuration, and the way back. */
function Differs({ change, onBack }: { change: Change; onBack: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { timeZone } = useSite();
  const when = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone });
  return (
    <div className="banner settings__differs">
      <span>
        {t("edge.settingsDiffer", {
          name: ownerName(change.owner),
          when: when.format(Date.parse(change.time_utc)),
        })}
      </span>
      <Button small icon={<RotateCcw size={14} />} onClick={onBack}>
        {t("edge.settingsRestore")}
      </Button>
    </div>
  );
}

/** What going back to the site's configuration means, before it is done. */
function Restore({ settings, found, onBack, onClose, controller }: RestoreProps) {
  const { t } = useTranslation();
  const { restore } = useOrders();
  const [refusal, setRefusal] = useState("");
  const texts = useMemo(() => fileTexts(settings, found.file ?? {}), [settings, found.file]);
  const switched = found.changed?.enabled ?? null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    restore.mutate(controller.id, {
      onSuccess: () => {
        toasts.show(t("edge.accepted"));
        onClose();
      },
      onError: (error) => setRefusal(describeError(error, t)),
    });
  };
  return (
    <form className="signin__form" onSubmit={submit}>
      <div className="banner banner--warning settings__ask">
        <p>{t("edge.settingsAsk")}</p>
        <Changes settings={changed(settings, texts)} texts={texts}>
          {switched !== null && <li>{t(switched ? "edge.off" : "edge.on")}</li>}
        </Changes>
      </div>
      <div aria-live="polite">{refusal && <p className="banner banner--critical">{refusal}</p>}</div>
      <FormFoot
        submit={t("edge.settingsApply")}
        cancel={t("edge.settingsBack")}
        onCancel={onBack}
        canSubmit={!restore.isPending}
      />
    </form>
  );
}

interface FormProps {
  controller: Controller;
  settings: readonly Setting[];
  found: ControllerSettings;
  onRestore: () => void;
  onClose: () => void;
}

interface RestoreProps extends Omit<FormProps, "onRestore"> {
  onBack: () => void;
}

/** What is typed, by setting; those whose text is no value are named. */
function parse(settings: readonly Setting[], texts: Texts) {
  const properties: Record<string, unknown> = {};
  const bad = new Set<string>();
  for (const one of settings) {
    try {
      properties[one.name] = fromText(one, texts[one.name] ?? "");
    } catch (error) {
      if (!(error instanceof NoValue)) throw error;
      bad.add(one.name);
    }
  }
  return { properties, bad };
}

function SettingsForm({ controller, settings, found, onRestore, onClose }: FormProps) {
  const { t } = useTranslation();
  const { configure } = useOrders();
  const [texts, setTexts] = useState<Texts>({});
  const [isAsked, setAsked] = useState(false);
  const [refusal, setRefusal] = useState("");
  const others = changed(settings, texts);
  const { properties, bad } = parse(others, texts);
  const field = (one: Setting) => (
    <SettingField
      key={one.name}
      setting={one}
      text={texts[one.name] ?? one.text}
      isBad={bad.has(one.name)}
      onChange={(text) => setTexts({ ...texts, [one.name]: text })}
    />
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setRefusal("");
    if (!isAsked) {
      setAsked(true);
      return;
    }
    configure.mutate(
      { controller: controller.id, properties },
      {
        onSuccess: () => {
          toasts.show(t("edge.accepted"));
          onClose();
        },
        onError: (error) => {
          setRefusal(describeError(error, t));
          setAsked(false);
        },
      },
    );
  };
  const wiring = settings.filter((one) => one.isWiring);
  return (
    <form className="signin__form" onSubmit={submit}>
      {isAsked ? (
        <div className="banner banner--warning settings__ask">
          <p>{t("edge.settingsAsk")}</p>
          <Changes settings={others} texts={texts} />
        </div>
      ) : (
        <>
          <p className="muted">{t("edge.settingsText")}</p>
          {found.changed && <Differs change={found.changed} onBack={onRestore} />}
          <div className="settings">{settings.filter((one) => !one.isWiring).map(field)}</div>
          {wiring.length > 0 && (
            <details>
              <summary>{t("edge.wiring")}</summary>
              <div className="settings">{wiring.map(field)}</div>
            </details>
          )}
        </>
      )}
      <div aria-live="polite">{refusal && <p className="banner banner--critical">{refusal}</p>}</div>
      <FormFoot
        submit={t(isAsked ? "edge.settingsApply" : "edge.settingsReview")}
        cancel={isAsked ? t("edge.settingsBack") : undefined}
        onCancel={isAsked ? () => setAsked(false) : onClose}
        canSubmit={others.length > 0 && bad.size === 0 && !configure.isPending}
      />
    </form>
  );
}

interface LoadedProps extends Omit<FormProps, "settings" | "onRestore"> {
  words: LoopWords;
}

function Loaded({ words, ...rest }: LoadedProps) {
  const { found } = rest;
  const { t, i18n } = useTranslation();
  const [isRestoring, setRestoring] = useState(false);
  const own = useQuery({
    queryKey: ["words of settings", i18n.language],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: loadSettingWords,
  }).data;
  const settings = useMemo(
    () => own && toSettings(found, own, words.states, { true: t("edge.yes"), false: t("edge.no") }),
    [found, own, words, t],
  );
  if (!settings) return <SkeletonLines count={6} />;
  if (isRestoring) return <Restore settings={settings} onBack={() => setRestoring(false)} {...rest} />;
  return <SettingsForm settings={settings} onRestore={() => setRestoring(true)} {...rest} />;
}

export interface SettingsDialogProps {
  controller: Controller;
  /** What its reader calls it. */
  name: string;
  words: LoopWords;
  onClose: () => void;
}

/** The settings of a controller, drawn from its schema; changes are shown in words before they are sent. */
export function SettingsDialog({ controller, name, words, onClose }: SettingsDialogProps) {
  const { t } = useTranslation();
  const query = useSettings(controller.id);
  return (
    <Dialog
      title={t("edge.settingsTitle", { name })}
      onClose={onClose}
      foot={query.isError && <Button onClick={onClose}>{t("action.cancel")}</Button>}
    >
      <QueryView query={query} skeleton={<SkeletonLines count={6} />}>
        {(found) => <Loaded found={found} controller={controller} words={words} onClose={onClose} />}
      </QueryView>
    </Dialog>
  );
}
