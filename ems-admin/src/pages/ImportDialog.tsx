import { api, Button, Dialog, describeError, toasts } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { Input } from "antd";
import { type ChangeEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { isJson } from "../form/JsonInput";
import { collectionPath, type Resource } from "../model/description";
import { useNames } from "../model/names";
import { collectionKey } from "../model/queries";

/** The import route of points alone wraps its object. */
const WRAPPED = new Set(["points"]);

/** Bring in an item that was exported before, from a file or pasted. */
export function ImportDialog({ resource, onClose }: { resource: Resource; onClose: () => void }) {
  const { t } = useTranslation();
  const names = useNames();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const isReady = text.trim() !== "" && isJson(text);
  const path = collectionPath(resource);

  const pick = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) setText(await file.text());
  };
  const submit = async () => {
    try {
      const parsed: unknown = JSON.parse(text);
      const id = await api.create(`${path}/import`, WRAPPED.has(resource.name) ? { data: parsed } : parsed);
      await client.invalidateQueries({ queryKey: collectionKey(path) });
      toasts.show(t("item.imported"));
      onClose();
      if (id) void navigate(`/${resource.name}/${id}`);
    } catch (failure) {
      setError(describeError(failure, t));
    }
  };

  return (
    <Dialog
      title={t("item.importTitle", { what: names.singular(resource) })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button tone="primary" disabled={!isReady} onClick={() => void submit()}>
            {t("list.import")}
          </Button>
        </>
      }
    >
      <p className="muted">{t("item.importText")}</p>
      <input
        type="file"
        accept="application/json,.json"
        aria-label={t("item.file")}
        onChange={(e) => void pick(e)}
      />
      <Input.TextArea
        className="mono"
        aria-label="JSON"
        autoSize={{ minRows: 6, maxRows: 16 }}
        spellCheck={false}
        status={isJson(text) ? undefined : "error"}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
    </Dialog>
  );
}
