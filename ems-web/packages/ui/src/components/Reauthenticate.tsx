import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../i18n/errors";
import { signIn, signOut, wantsSecondFactor } from "../session/actions";
import { useSession } from "../session/useSession";
import { CodeField } from "./CodeField";
import { Dialog } from "./Dialog";
import { FormFoot } from "./FormFoot";
import { PasswordField } from "./PasswordField";

/** Asks for the password in place when the session ended; the page behind stays as it is. */
export function Reauthenticate() {
  const { t } = useTranslation("ui");
  const { user, isExpired } = useSession();
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [needsCode, setNeedsCode] = useState(false);
  const [code, setCode] = useState("");
  if (!user || !isExpired) return null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      await signIn(user.email || user.name, password, code.trim());
      setPassword("");
      setCode("");
    } catch (failure) {
      if (wantsSecondFactor(failure)) setNeedsCode(true);
      else setError(describeError(failure, t));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={t("reauth.title")} onClose={() => undefined} canDismiss={false}>
      <form className="signin__form" onSubmit={(event) => void submit(event)}>
        <p className="muted">{t("reauth.text", { name: user.displayName })}</p>
        <input type="hidden" name="username" autoComplete="username" value={user.name} readOnly />
        <PasswordField
          label={t("signin.password")}
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={setPassword}
          error={error}
        />
        {needsCode && <CodeField code={code} onCode={setCode} />}
        <FormFoot
          submit={t("reauth.submit")}
          onCancel={() => void signOut()}
          canSubmit={!isBusy}
          cancel={t("account.signOut")}
        />
      </form>
    </Dialog>
  );
}
