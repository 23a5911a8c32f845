import { Button, Dialog, toasts } from "@ems/ui";
import { Copy } from "lucide-react";
import { useTranslation } from "react-i18next";

/** A secret that is shown this once. */
export function SecretDialog({
  name,
  secret,
  onClose,
}: {
  name: string;
  secret: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    toasts.show(t("item.copied"));
  };
  return (
    <Dialog
      title={t("access.secretTitle", { name })}
      canDismiss={false}
      onClose={onClose}
      foot={
        <>
          <Button icon={<Copy size={16} />} onClick={() => void copy()}>
            {t("item.copy")}
          </Button>
          <Button tone="primary" onClick={onClose}>
            {t("access.secretDone")}
          </Button>
        </>
      }
    >
      <p className="banner banner--warning">{t("access.secretText")}</p>
      <code className="secret mono">{secret}</code>
    </Dialog>
  );
}
