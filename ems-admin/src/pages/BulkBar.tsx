import { api, Button, Dialog, describeError, toasts } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { FileDown, PencilLine, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import { itemPath, type Resource } from "../model/description";
import { saveText } from "../model/files";
import { useNames } from "../model/names";
import { type Item, idOf, labelOf } from "../model/values";
import { bulkFields, canBulk, changeMany } from "./bulk";

interface BulkProps {
  resource: Resource;
  items: readonly Item[];
  onDone: () => void;
}

function useRenew() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["collection"] });
}

function ChangeDialog({ resource, items, onDone, onClose }: BulkProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const names = useNames();
  const renew = useRenew();
  const fields = bulkFields(resource);
  const [name, setName] = useState(fields[0]?.name ?? "");
  const [value, setValue] = useState<unknown>(null);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const field = fields.find((one) => one.name === name);
  const isMissing = field?.required === true && field.type !== "boolean" && (value === null || value === "");
  const submit = async () => {
    setBusy(true);
    try {
      const undo = await changeMany(resource, items, {
        [name]: field?.type === "boolean" ? value === true : value,
      });
      await renew();
      const back = async () => {
        try {
          await undo();
          toasts.show(t("item.undone"));
        } catch (failure) {
          toasts.show(describeError(failure, t), { tone: "critical" });
        }
        await renew();
      };
      toasts.show(t("bulk.changed", { count: items.length }), {
        action: { label: t("bind.undo"), run: () => void back() },
      });
      onDone();
      onClose();
    } catch (failure) {
      setError(describeError(failure, t));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("bulk.changeTitle", { count: items.length, what: names.resource(resource) })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button tone="primary" disabled={isBusy || !field || isMissing} onClick={() => void submit()}>
            {t("bulk.changeDo")}
          </Button>
        </>
      }
    >
      <p className="muted">{t("bulk.changeText")}</p>
      <LabelledField label={t("bulk.field")}>
        {(props) => (
          <select
            {...props}
            className="input"
            value={name}
            onChange={(event) => {
              setName(event.target.value);
              setValue(null);
            }}
          >
            {fields.map((one) => (
              <option key={one.name} value={one.name}>
                {names.field(one, resource)}
              </option>
            ))}
          </select>
        )}
      </LabelledField>
      {field && (
        <LabelledField label={t("bulk.value")}>
          {(props) => <FieldInput {...props} key={name} field={field} value={value} onChange={setValue} />}
        </LabelledField>
      )}
      <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
    </Dialog>
  );
}

function DeleteManyDialog({ resource, items, onDone, onClose }: BulkProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const names = useNames();
  const renew = useRenew();
  const [failures, setFailures] = useState<readonly string[]>([]);
  const [isBusy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    const failed: string[] = [];
    for (const item of items) {
      try {
        await api.remove(itemPath(resource, idOf(resource, item)));
      } catch (error) {
        failed.push(`${labelOf(resource, item)}: ${describeError(error, t)}`);
      }
    }
    await renew();
    onDone();
    const done = items.length - failed.length;
    if (done > 0) toasts.show(t("bulk.deleted", { count: done }));
    if (failed.length === 0) onClose();
    else setFailures(failed);
    setBusy(false);
  };
  const isOver = failures.length > 0;
  return (
    <Dialog
      title={t("bulk.deleteTitle", { count: items.length, what: names.resource(resource) })}
      onClose={onClose}
      foot={
        isOver ? (
          <Button onClick={onClose}>{t("action.close")}</Button>
        ) : (
          <>
            <Button onClick={onClose}>{t("action.cancel")}</Button>
            <Button tone="danger" disabled={isBusy} onClick={() => void submit()}>
              {t("item.delete")}
            </Button>
          </>
        )
      }
    >
      <p>{t(isOver ? "bulk.deleteFailed" : "bulk.deleteText")}</p>
      <ul className="losses">
        {(isOver ? failures : items.map((item) => labelOf(resource, item))).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </Dialog>
  );
}

/** What can be done with the chosen items of a list. */
export function BulkBar({ resource, items, onDone }: BulkProps) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"none" | "change" | "delete">("none");
  const [held, setHeld] = useState<readonly Item[]>([]);
  const open = (which: "change" | "delete") => {
    setHeld(items);
    setDialog(which);
  };
  const close = () => setDialog("none");
  return (
    <>
      {items.length > 0 && (
        <section className="bulk" aria-label={t("bulk.label")}>
          <strong aria-live="polite">{t("bulk.chosen", { count: items.length })}</strong>
          {canBulk(resource) && (
            <Button small icon={<PencilLine size={14} />} onClick={() => open("change")}>
              {t("bulk.change")}
            </Button>
          )}
          <Button
            small
            icon={<FileDown size={14} />}
            onClick={() =>
              saveText(`${resource.name}.json`, JSON.stringify(items, null, 2), "application/json")
            }
          >
            {t("bulk.export")}
          </Button>
          {resource.can.includes("delete") && (
            <Button small tone="danger" icon={<Trash2 size={14} />} onClick={() => open("delete")}>
              {t("item.delete")}
            </Button>
          )}
          <Button small tone="quiet" onClick={onDone}>
            {t("bulk.none")}
          </Button>
        </section>
      )}
      {dialog === "change" && (
        <ChangeDialog resource={resource} items={held} onDone={onDone} onClose={close} />
      )}
      {dialog === "delete" && (
        <DeleteManyDialog resource={resource} items={held} onDone={onDone} onClose={close} />
      )}
    </>
  );
}
