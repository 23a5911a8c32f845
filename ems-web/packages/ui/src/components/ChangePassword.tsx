import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../i18n/errors";
import { changePassword } from "../session/actions";
import { Dialog } from "./Dialog";
import { FormFoot } from "./FormFoot";
import { PasswordField } from "./PasswordField";
import { toasts } from "./Toasts";

/** Change the own password. */
export function ChangePassword({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("ui");
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const [again, setAgain] = useState("");
  const [error, setError] = useState("");

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (after !== again) {
      setError(t("account.notTheSame"));
      return;
    }
    try {
      await changePassword(before, after);
      toasts.show(t("account.passwordChanged"));
      onClose();
    } catch (failure) {
      setError(describeError(failure, t));
    }
  };

  return (
    <Dialog title={t("account.changePassword")} onClose={onClose}>
      <form className="signin__form" onSubmit={(event) => void submit(event)}>
        <PasswordField
          label={t("account.oldPassword")}
          autoComplete="current-password"
          autoFocus
          value={before}
          onChange={setBefore}
        />
        <PasswordField
          label={t("account.newPassword")}
          autoComplete="new-password"
          value={after}
          onChange={setAfter}
        />
        <PasswordField
          label={t("account.newPasswordAgain")}
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          error={error}
        />
        <FormFoot submit={t("action.save")} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
