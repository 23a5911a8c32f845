import { api, Button, Dialog } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useAct } from "./api";

export interface RemoveDialogProps {
  /** Path of the list that it stands in. */
  resource: string;
  item: { id: number | string; name: string };
  title: string;
  /** What is lost. */
  text: string;
  onClose: () => void;
}

/** Asks before something with a name is deleted. */
export function RemoveDialog({ resource, item, title, text, onClose }: RemoveDialogProps) {
  const { t } = useTranslation();
  const act = useAct(resource);
  const { id, name } = item;
  const remove = async () => {
    onClose();
    await act(() => api.remove(`${resource}/${id}`), t("library.removed", { name }));
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button tone="danger" onClick={() => void remove()}>
            {t("library.delete")}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
