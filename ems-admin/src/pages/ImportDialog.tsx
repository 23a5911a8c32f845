import { api, Button, Dialog, describeError, toasts } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { FilePick } from "../form/FilePick";
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
      <FilePick
        label={t("item.file")}
        accept="application/json,.json"
        onPick={(file) => void file?.text().then(setText)}
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
