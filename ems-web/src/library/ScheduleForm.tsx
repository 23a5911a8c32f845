import { api, apiLanguage, Button, Dialog, describeError, Field, Segmented } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSite } from "../state/site";
import { useView } from "../state/view";
import { SCHEDULES, type Schedule, useDocuments } from "./api";
import { type FileChoice, FileFields } from "./OrderCard";
import { type Draft, type Order, readWanted, toWanted } from "./orders";
import { RhythmFields } from "./RhythmFields";
import { fromCron, type Rhythm, splitAddresses, toCron } from "./rhythm";
import { SelectField } from "./SelectField";
import { useFirstItem, WhatFields } from "./WhatFields";

interface ScheduleDraft {
  name: string;
  what: "report" | "document";
  report: Draft;
  document: string;
  file: FileChoice;
  rhythm: Rhythm;
  recipients: string;
}

const FIRST: Draft = {
  kind: "energycategory",
  entity: "space",
  id: 0,
  period: "last_month",
  compare: "previous",
};

function draftOf(schedule: Schedule | null, document: string): ScheduleDraft {
  const order = schedule?.order;
  const chosen = order?.document || document;
  return {
    name: schedule?.name ?? "",
    what: chosen ? "document" : "report",
    report: (order && readWanted(order)) || FIRST,
    document: chosen,
    file: { form: order?.form ?? "pdf", language: order?.language ?? apiLanguage() },
    rhythm: schedule ? fromCron(schedule.rhythm) : { kind: "monthly", time: "06:00", day: 1 },
    recipients: schedule?.recipients.join(", ") ?? "",
  };
}

export interface ScheduleFormProps {
  /** The one that is changed; null for a new one. */
  schedule: Schedule | null;
  /** The document that a new one sends. */
  document?: string;
  onClose: () => void;
}

/** A new schedule, or one that is changed. What was typed stays when the API refuses it. */
export function ScheduleForm({ schedule, document = "", onClose }: ScheduleFormProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const view = useView();
  const { timeZone } = useSite();
  const documents = useDocuments().data?.documents ?? [];
  const [draft, setDraft] = useState(() => draftOf(schedule, document));
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const ofSpace =
    draft.report.entity === "space" && draft.report.id === 0
      ? { ...draft.report, id: view.spaceId ?? 0 }
      : draft.report;
  const { draft: report } = useFirstItem(ofSpace);
  const documentId = draft.document || (documents[0]?.id ?? "");
  const change = (part: Partial<ScheduleDraft>) => setDraft({ ...draft, ...part });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    const order: Order =
      draft.what === "document"
        ? { document: documentId, ...draft.file }
        : { ...toWanted(report, view), ...draft.file };
    const body = {
      name: draft.name,
      order,
      rhythm: toCron(draft.rhythm),
      timezone: schedule?.timezone ?? timeZone,
      recipients: splitAddresses(draft.recipients),
      is_enabled: schedule?.is_enabled ?? true,
    };
    try {
      await (schedule ? api.put(`${SCHEDULES}/${schedule.id}`, body) : api.post(SCHEDULES, body));
      await client.invalidateQueries({ queryKey: ["api", SCHEDULES] });
      onClose();
    } catch (failure) {
      setError(describeError(failure, t));
      setBusy(false);
    }
  };

  return (
    <Dialog title={schedule ? t("library.editSchedule") : t("library.newSchedule")} onClose={onClose}>
      <form className="order order--dialog" onSubmit={(event) => void submit(event)}>
        <Field
          label={t("library.name")}
          required
          maxLength={128}
          value={draft.name}
          onChange={(event) => change({ name: event.target.value })}
        />
        {documents.length > 0 && (
          <Segmented
            label={t("library.what")}
            value={draft.what}
            options={[
              { value: "report", label: t("library.aReport") },
              { value: "document", label: t("library.document") },
            ]}
            onChange={(what) => change({ what })}
          />
        )}
        {draft.what === "report" ? (
          <WhatFields draft={ofSpace} onChange={(next) => change({ report: next })} />
        ) : (
          <SelectField
            label={t("library.document")}
            value={documentId}
            options={documents.map((one) => ({ value: one.id, text: one.name }))}
            onChange={(next) => change({ document: next })}
          />
        )}
        <FileFields file={draft.file} onChange={(file) => change({ file })} />
        <RhythmFields rhythm={draft.rhythm} onChange={(rhythm) => change({ rhythm })} />
        <label className="field order__wide">
          <span className="field__label">{t("library.recipients")}</span>
          <textarea
            className="input"
            rows={2}
            placeholder={t("library.recipientsHint")}
            value={draft.recipients}
            onChange={(event) => change({ recipients: event.target.value })}
          />
        </label>
        <p className="muted order__wide">{t("library.clock", { zone: schedule?.timezone ?? timeZone })}</p>
        {error && (
          <p className="field__error order__wide" role="alert">
            {error}
          </p>
        )}
        <div className="dialog__foot order__wide">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" tone="primary" disabled={isBusy || draft.name.trim() === ""}>
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
