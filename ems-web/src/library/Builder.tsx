import { api, apiLanguage, Button, Card, describeError, Field, Popover, toasts } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Download, Save, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { PageHead } from "../pages/PageHead";
import { useViewPath } from "../state/ViewLink";
import { useView } from "../state/view";
import { DOCUMENTS, fetchFile, type ReportDocument, useAct } from "./api";
import { BlockForm } from "./BlockForm";
import {
  type BlockKind,
  type EditedBlock,
  type EditedDocument,
  inserted,
  moved,
  newBlock,
  writeDocument,
} from "./blocks";
import { type EditedState, useEdited } from "./draft";
import { COMPARISONS, FORMS, PERIOD_NAMES } from "./orders";
import { SelectField } from "./SelectField";
import { Sheet, useBlockName } from "./Sheet";

/** A document has many charts; a picture shows one. */
const DOCUMENT_FORMS = FORMS.filter((form) => form !== "png" && form !== "svg");

function DocumentForm({ state }: { state: EditedState }) {
  const { t } = useTranslation();
  const { edited, change } = state;
  return (
    <Card title={t("library.settings")}>
      <div className="block-form">
        <Field
          label={t("library.name")}
          required
          maxLength={128}
          value={edited.name}
          onChange={(event) => change({ name: event.target.value })}
        />
        <Field
          label={t("library.subtitle")}
          value={edited.subtitle}
          onChange={(event) => change({ subtitle: event.target.value })}
        />
        <SelectField
          label={t("library.period")}
          value={edited.period}
          options={PERIOD_NAMES.map((name) => ({ value: name, text: t(`library.periods.${name}`) }))}
          onChange={(period) => change({ period })}
        />
        <SelectField
          label={t("period.compare")}
          value={edited.compare}
          options={COMPARISONS.map((value) => ({ value, text: t(`library.compare.${value || "none"}`) }))}
          onChange={(text) => change({ compare: COMPARISONS.find((value) => value === text) ?? "" })}
        />
        <label className="check">
          <input
            type="checkbox"
            checked={edited.isShared}
            onChange={(event) => change({ isShared: event.target.checked })}
          />
          {t("library.share")}
        </label>
      </div>
    </Card>
  );
}

interface ExportProps {
  id: string;
  name: string;
}

function ExportDocument({ id, name }: ExportProps) {
  const { t } = useTranslation();
  const act = useAct(DOCUMENTS);
  const [busy, setBusy] = useState("");
  const start = async (form: string) => {
    setBusy(form.toUpperCase());
    await act(
      () => fetchFile(`${DOCUMENTS}/${id}.${form}`, `${name}.${form}`, apiLanguage()),
      t("export.done", { form: form.toUpperCase() }),
    );
    setBusy("");
  };
  return (
    <Popover
      label={t("export.title")}
      width={240}
      button={(props) => (
        <button type="button" className="btn btn--small" disabled={busy !== ""} {...props}>
          <Download size={14} aria-hidden="true" />
          {busy ? <span role="status">{t("export.busy", { form: busy })}</span> : t("export.title")}
        </button>
      )}
    >
      {(close) => (
        <div className="menu">
          {DOCUMENT_FORMS.map((form) => (
            <button
              key={form}
              type="button"
              className="menu__item"
              onClick={() => {
                close();
                void start(form);
              }}
            >
              {t(`library.forms.${form}`)}
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}

/** Save, go back, export and schedule; the last two are of what is stored. */
function Tools({ id, state, mayChange }: { id: string; state: EditedState; mayChange: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const path = useViewPath();
  const [isBusy, setBusy] = useState(false);
  const { edited, isChanged } = state;
  const hasEmptyText = edited.blocks.some((block) => !block.report && block.text.trim() === "");
  const canSave = mayChange && edited.name.trim() !== "" && edited.blocks.length > 0 && !hasEmptyText;
  const hint = mayChange ? (hasEmptyText ? t("library.emptyText") : undefined) : t("library.notYours");
  const save = async () => {
    setBusy(true);
    try {
      const body = writeDocument(edited);
      const saved = id
        ? await api.put<ReportDocument>(`${DOCUMENTS}/${id}`, body)
        : await api.post<ReportDocument>(DOCUMENTS, body);
      state.settle();
      await client.invalidateQueries({ queryKey: ["api", DOCUMENTS] });
      toasts.show(t("library.saved", { name: edited.name }));
      if (!id) void navigate(path(`/reports/documents/${saved.id}`), { replace: true });
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    }
    setBusy(false);
  };
  return (
    <>
      {isChanged && hint && <span className="muted">{hint}</span>}
      {isChanged && (
        <Button small icon={<Undo2 size={14} />} onClick={state.reset}>
          {t("library.discard")}
        </Button>
      )}
      {id && !isChanged && (
        <>
          <ExportDocument id={id} name={edited.name} />
          <Button
            small
            icon={<CalendarClock size={14} />}
            onClick={() => void navigate(path("/reports/schedules", { document: id }))}
          >
            {t("library.scheduleIt")}
          </Button>
        </>
      )}
      <Button
        small
        tone="primary"
        icon={<Save size={14} />}
        disabled={!canSave || isBusy || !isChanged}
        title={hint}
        onClick={() => void save()}
      >
        {t("action.save")}
      </Button>
    </>
  );
}

/** What can be done to the blocks of a document; what was removed can be brought back. */
function useBlocks(state: EditedState, choose: (key: string) => void) {
  const { t } = useTranslation();
  const { spaceId } = useView();
  const nameOf = useBlockName();
  const { edited, change } = state;
  const { blocks } = edited;
  const add = (kind: BlockKind, at: number) => {
    const block = newBlock(kind, spaceId ?? 0);
    change({ blocks: inserted(blocks, at, block) });
    choose(block.key);
  };
  const copy = (block: EditedBlock) => {
    const twin = { ...block, key: newBlock("text", 0).key };
    change({ blocks: inserted(blocks, blocks.indexOf(block) + 1, twin) });
    choose(twin.key);
  };
  const remove = (block: EditedBlock) => {
    change({ blocks: blocks.filter((one) => one !== block) });
    toasts.show(t("library.removed", { name: nameOf(block) }), {
      action: { label: t("library.undo"), run: () => change({ blocks }) },
    });
  };
  return {
    add,
    copy,
    remove,
    move: (from: number, to: number) => change({ blocks: moved(blocks, from, to) }),
  };
}

export interface BuilderProps {
  /** Empty for a new document. */
  id: string;
  saved: EditedDocument;
  mayChange: boolean;
}

/** A report of one's own, put together of blocks; every block shows what it will hold. */
export function Builder({ id, saved, mayChange }: BuilderProps) {
  const { t } = useTranslation();
  const state = useEdited(id || "new", saved);
  const [chosen, choose] = useState("");
  const { add, copy, remove, move } = useBlocks(state, choose);
  const { edited } = state;
  const block = edited.blocks.find((one) => one.key === chosen);
  const onBlock = (next: EditedBlock) =>
    state.change({ blocks: edited.blocks.map((one) => (one.key === next.key ? next : one)) });
  return (
    <div className="page">
      <PageHead
        title={edited.name || t("library.newDocument")}
        question={state.isChanged ? t("library.unsaved") : t("library.builderQuestion")}
        tools={<Tools id={id} state={state} mayChange={mayChange} />}
      />
      <div className="builder">
        <Sheet
          document={edited}
          chosen={chosen}
          onChoose={choose}
          onAdd={add}
          onMove={move}
          onCopy={copy}
          onRemove={remove}
        />
        <div className="builder__side">
          {block && (
            <Card title={t("library.block")}>
              <BlockForm block={block} onChange={onBlock} />
            </Card>
          )}
          <DocumentForm state={state} />
        </div>
      </div>
    </div>
  );
}
