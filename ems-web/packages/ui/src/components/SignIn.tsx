import { LogIn } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../i18n/errors";
import { signIn } from "../session/actions";
import { Button } from "./Button";
import { Door } from "./Door";
import { Field } from "./Field";
import { PasswordField } from "./PasswordField";

const ACCOUNT_KEY = "ems.account";

export interface SignInProps {
  /** What is behind the door: "Energy management", "Administration". */
  title: string;
  /** Why a sign-in is needed although someone is signed in. */
  notice?: string;
  foot?: ReactNode;
  /** Ways in for those who can't sign in. */
  links?: ReactNode;
}

/** The sign-in page of both front ends; what was typed stays after an error. */
export function SignIn({ title, notice, foot, links }: SignInProps) {
  const { t } = useTranslation("ui");
  const [account, setAccount] = useState(() => localStorage.getItem(ACCOUNT_KEY) ?? "");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      await signIn(account.trim(), password);
      localStorage.setItem(ACCOUNT_KEY, account.trim());
    } catch (failure) {
      setError(describeError(failure, t));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Door title={t("signin.title")} text={title} foot={foot}>
      {notice && <p className="banner banner--warning">{notice}</p>}
      <form className="signin__form" onSubmit={(event) => void submit(event)}>
        <Field
          label={t("signin.account")}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={account}
          onChange={(event) => setAccount(event.target.value)}
        />
        <PasswordField
          label={t("signin.password")}
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
        <Button
          type="submit"
          tone="primary"
          className="btn--wide"
          disabled={isBusy}
          icon={<LogIn size={16} />}
        >
          {isBusy ? t("signin.busy") : t("signin.submit")}
        </Button>
      </form>
      {links && <p className="signin__links">{links}</p>}
    </Door>
  );
}
