import { LogIn } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../i18n/errors";
import {
  beginSingleSignOn,
  finishSingleSignOn,
  signIn,
  signInChoices,
  wantsSecondFactor,
} from "../session/actions";
import { Button } from "./Button";
import { CodeField } from "./CodeField";
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

/** The name of the identity provider, when there is one; finishes a sign-in that it sent back. */
function useSingleSignOn(attempt: (work: () => Promise<unknown>) => Promise<void>): string {
  const [name, setName] = useState("");
  const run = useRef(attempt);
  useEffect(() => {
    void run.current(finishSingleSignOn);
    void signInChoices().then((choices) => setName(choices.single_sign_on?.name ?? ""));
  }, []);
  return name;
}

/** The sign-in page of both front ends; what was typed stays after an error. */
export function SignIn({ title, notice, foot, links }: SignInProps) {
  const { t } = useTranslation("ui");
  const [account, setAccount] = useState(() => localStorage.getItem(ACCOUNT_KEY) ?? "");
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [needsCode, setNeedsCode] = useState(false);
  const [code, setCode] = useState("");

  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError("");
    try {
      await work();
    } catch (failure) {
      if (wantsSecondFactor(failure)) setNeedsCode(true);
      else setError(describeError(failure, t));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      await signIn(account.trim(), password, code.trim());
      localStorage.setItem(ACCOUNT_KEY, account.trim());
    });
  };
  const provider = useSingleSignOn(attempt);

  return (
    <Door title={t("signin.title")} text={title} foot={foot}>
      {notice && <p className="banner banner--warning">{notice}</p>}
      <form className="signin__form" onSubmit={submit}>
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
        {needsCode && <CodeField code={code} onCode={setCode} />}
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
      {provider && (
        <Button className="btn--wide" onClick={() => void attempt(beginSingleSignOn)}>
          {t("signin.with", { name: provider })}
        </Button>
      )}
      {links && <p className="signin__links">{links}</p>}
    </Door>
  );
}
