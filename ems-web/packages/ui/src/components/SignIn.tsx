import { Eye, EyeOff, LogIn } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../i18n/errors";
import { chooseLanguage, currentLanguage, LANGUAGE_NAMES, LANGUAGES } from "../i18n/setup";
import { signIn } from "../session/actions";
import { Brand } from "./Brand";
import { Button, IconButton } from "./Button";
import { Field } from "./Field";

const ACCOUNT_KEY = "ems.account";

interface PasswordFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  autoFocus?: boolean;
  error?: string;
}

/** A password input whose text can be shown. */
export function PasswordField({
  label,
  value,
  onChange,
  autoComplete,
  autoFocus,
  error,
}: PasswordFieldProps) {
  const { t } = useTranslation("ui");
  const [isShown, setShown] = useState(false);
  const id = useId();
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      <div className="input-wrap">
        <input
          id={id}
          className="input"
          type={isShown ? "text" : "password"}
          name="password"
          autoComplete={autoComplete}
          // biome-ignore lint/a11y/noAutofocus: the only input of a dialog that was opened for it
          autoFocus={autoFocus}
          required
          value={value}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          onChange={(event) => onChange(event.target.value)}
        />
        <IconButton
          label={isShown ? t("signin.hide") : t("signin.show")}
          icon={isShown ? <EyeOff size={16} /> : <Eye size={16} />}
          onClick={() => setShown(!isShown)}
        />
      </div>
      {error && (
        <span className="field__error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

/** Choice of the language as a plain select: works before anything else does. */
export function LanguageSelect() {
  const { t, i18n } = useTranslation("ui");
  return (
    <select
      className="select-plain"
      aria-label={t("signin.language")}
      value={i18n.language}
      onChange={(event) => {
        const language = LANGUAGES.find((l) => l === event.target.value) ?? currentLanguage();
        void chooseLanguage(language);
      }}
    >
      {LANGUAGES.map((language) => (
        <option key={language} value={language}>
          {LANGUAGE_NAMES[language]}
        </option>
      ))}
    </select>
  );
}

export interface SignInProps {
  /** What is behind the door: "Energy management", "Administration". */
  title: string;
  /** Why a sign-in is needed although someone is signed in. */
  notice?: string;
  foot?: ReactNode;
}

/** The sign-in page of both front ends; what was typed stays after an error. */
export function SignIn({ title, notice, foot }: SignInProps) {
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
    <div className="signin">
      <div className="signin__top">
        <Brand />
        <LanguageSelect />
      </div>
      <main className="signin__main">
        <div className="signin__card">
          <div>
            <h1>{t("signin.title")}</h1>
            <p className="muted">{title}</p>
          </div>
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
        </div>
      </main>
      <div className="signin__foot">{foot}</div>
    </div>
  );
}
