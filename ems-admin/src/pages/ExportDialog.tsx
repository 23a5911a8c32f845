import { api, Button, Dialog, ErrorState, Skeleton, toasts } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { Copy, Download } from "lucide-react";
import { useTranslation } from "react-i18next";

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}

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
            onClick={() => saveFile(name, text)}
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
