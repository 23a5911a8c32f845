import { api, Button, Dialog, describeError } from "@ems/ui";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Resource, useDescription } from "../model/description";
import { useNames } from "../model/names";
import { collectionKey } from "../model/queries";
import type { Item } from "../model/values";

export interface DeleteDialogProps {
  resource: Resource;
  path: string;
  name: string;
  onDelete: () => Promise<void>;
  onClose: () => void;
}

/** What hangs on an item: counts by relation. */
function useLosses(resource: Resource, path: string): { key: string; text: string }[] {
  const names = useNames();
  const { resources } = useDescription();
  const relations = resource.relations.filter((relation) => relation.kind !== "view");
  const results = useQueries({
    queries: relations.map((relation) => ({
      queryKey: [...collectionKey(`${path}/${relation.path}`), {}],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.get<Item[]>(`${path}/${relation.path}`, { signal }),
    })),
  });
  return relations.flatMap((relation, i) => {
    const count = results[i]?.data?.length ?? 0;
    const target = resources.find((r) => r.name === relation.resource);
    return count > 0 ? [{ key: relation.name, text: `${names.relation(relation, target)}: ${count}` }] : [];
  });
}

/** Asks before an item is deleted, and names what goes with it. */
export function DeleteDialog({ resource, path, name, onDelete, onClose }: DeleteDialogProps) {
  const { t } = useTranslation();
  const names = useNames();
  const losses = useLosses(resource, path);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      await onDelete();
    } catch (failure) {
      setError(describeError(failure, t));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("item.deleteTitle", { what: names.singular(resource), name })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button tone="danger" disabled={isBusy} onClick={() => void confirm()}>
            {t("item.delete")}
          </Button>
        </>
      }
    >
      <p>{t("item.deleteText", { name })}</p>
      {losses.length > 0 && (
        <>
          <p>{t("item.deleteLoses")}</p>
          <ul className="losses">
            {losses.map((loss) => (
              <li key={loss.key}>{loss.text}</li>
            ))}
          </ul>
        </>
      )}
      <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
    </Dialog>
  );
}
