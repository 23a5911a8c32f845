import { api, Button, Dialog, ErrorState, Skeleton, toasts } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { Copy, Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { saveText } from "../model/files";

/** An item with its bindings as JSON, to save or copy. */
export function ExportDialog({ path, name, onClose }: { path: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["export", path],
    gcTime: 0,
    queryFn: ({ signal }) => api.get<unknown>(`${path}/export`, { signal }),
  });
  const text = query.data === undefined ? "" : JSON.stringify(query.data, null, 2);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toasts.show(t("item.copied"));
  };
  return (
    <Dialog
      title={t("item.exportTitle", { name })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.close")}</Button>
          <Button icon={<Copy size={16} />} disabled={!text} onClick={() => void copy()}>
            {t("item.copy")}
          </Button>
          <Button
            tone="primary"
            icon={<Download size={16} />}
            disabled={!text}
            onClick={() => saveText(`${name}.json`, text, "application/json")}
          >
            {t("item.download")}
          </Button>
        </>
      }
    >
      {query.isPending && <Skeleton height={200} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {text && <pre className="export mono">{text}</pre>}
    </Dialog>
  );
}
