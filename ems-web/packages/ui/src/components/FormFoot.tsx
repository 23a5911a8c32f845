import { useTranslation } from "react-i18next";
import { Button } from "./Button";

export interface FormFootProps {
  /** What sending the form does. */
  submit: string;
  onCancel: () => void;
  /** What leaving the form is called; "Cancel" when not said. */
  cancel?: string;
  /** False: there is nothing to send yet, or it is under way. */
  canSubmit?: boolean;
  tone?: "primary" | "danger";
}

/** The foot of a form in a dialog: leave it, or send it. */
export function FormFoot({ submit, onCancel, cancel, canSubmit = true, tone = "primary" }: FormFootProps) {
  const { t } = useTranslation("ui");
  return (
    <div className="dialog__foot dialog__foot--form">
      <Button onClick={onCancel}>{cancel ?? t("action.cancel")}</Button>
      <Button type="submit" tone={tone} disabled={!canSubmit}>
        {submit}
      </Button>
    </div>
  );
}
