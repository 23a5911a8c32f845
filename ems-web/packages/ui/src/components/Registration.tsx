import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError } from "../i18n/errors";
import { register, requestCode, resetForgotten } from "../session/registration";
import { Button } from "./Button";
import { Door } from "./Door";
import { Field } from "./Field";
import { PasswordField } from "./PasswordField";

interface Attempt {
  error: string;
  isBusy: boolean;
  run: (work: () => Promise<void>) => Promise<boolean>;
}

/** Runs something that may fail; says whether it worked, and keeps the error to be shown. */
function useAttempt(): Attempt {
  const { t } = useTranslation("ui");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError("");
    try {
      await work();
      return true;
    } catch (failure) {
      setError(describeError(failure, t));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { error, isBusy, run };
}

interface StepFormProps {
  attempt: Attempt;
  onSubmit: () => Promise<unknown>;
  submit: string;
  children: ReactNode;
}

function StepForm({ attempt, onSubmit, submit, children }: StepFormProps) {
  const send = (event: FormEvent) => {
    event.preventDefault();
    void onSubmit();
  };
  return (
    <form className="signin__form" onSubmit={send}>
      {children}
      <div aria-live="polite">
        {attempt.error && <p className="banner banner--critical">{attempt.error}</p>}
      </div>
      <Button type="submit" tone="primary" className="btn--wide" disabled={attempt.isBusy}>
        {submit}
      </Button>
    </form>
  );
}

interface EmailStepProps {
  email: string;
  onEmail: (email: string) => void;
  onSent: () => void;
  subject: string;
}

/** The first step of both: prove that the address is one's own. */
function EmailStep({ email, onEmail, onSent, subject }: EmailStepProps) {
  const { t } = useTranslation("ui");
  const attempt = useAttempt();
  const submit = async () => {
    if (await attempt.run(() => requestCode(email.trim(), subject))) onSent();
  };
  return (
    <StepForm attempt={attempt} onSubmit={submit} submit={t("door.sendCode")}>
      <Field
        label={t("door.email")}
        type="email"
        name="email"
        autoComplete="email"
        autoFocus
        required
        value={email}
        onChange={(event) => onEmail(event.target.value)}
      />
    </StepForm>
  );
}

interface CodeFieldProps {
  email: string;
  code: string;
  onCode: (code: string) => void;
}

function CodeField({ email, code, onCode }: CodeFieldProps) {
  const { t } = useTranslation("ui");
  return (
    <>
      <p className="banner" role="status">
        {t("door.codeSent", { email })}
      </p>
      <Field
        label={t("door.code")}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        autoFocus
        required
        value={code}
        onChange={(event) => onCode(event.target.value)}
      />
    </>
  );
}

export interface DoorPageProps {
  /** Link back to the sign-in. */
  back: ReactNode;
}

type Step = "email" | "details" | "done";

/** Ask for an account: address, code, name and password. */
export function RegisterPage({ back }: DoorPageProps) {
  const { t } = useTranslation("ui");
  const [step, setStep] = useState<Step>("email");
  const [wish, setWish] = useState({
    name: "",
    displayName: "",
    email: "",
    phone: "",
    password: "",
    code: "",
  });
  const attempt = useAttempt();
  const set = (key: keyof typeof wish) => (value: string) => setWish({ ...wish, [key]: value });
  const submit = async () => {
    if (await attempt.run(() => register({ ...wish, code: wish.code.trim() }))) setStep("done");
  };
  return (
    <Door title={t("door.register")} text={t("door.registerText")}>
      {step === "email" && (
        <EmailStep
          email={wish.email}
          onEmail={set("email")}
          subject={t("door.register")}
          onSent={() => setStep("details")}
        />
      )}
      {step === "details" && (
        <StepForm attempt={attempt} onSubmit={submit} submit={t("door.register")}>
          <CodeField email={wish.email} code={wish.code} onCode={set("code")} />
          <Field
            label={t("door.name")}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            required
            value={wish.name}
            onChange={(event) => set("name")(event.target.value)}
          />
          <Field
            label={t("door.displayName")}
            name="name"
            autoComplete="name"
            required
            value={wish.displayName}
            onChange={(event) => set("displayName")(event.target.value)}
          />
          <PasswordField
            label={t("signin.password")}
            autoComplete="new-password"
            value={wish.password}
            onChange={set("password")}
          />
        </StepForm>
      )}
      {step === "done" && (
        <p className="banner" role="status">
          {t("door.registered")}
        </p>
      )}
      <p className="signin__links">{back}</p>
    </Door>
  );
}

/** Set a new password with a code from a mail. */
export function ForgotPage({ back }: DoorPageProps) {
  const { t } = useTranslation("ui");
  const [step, setStep] = useState<Step>("email");
  const [email, setEmail] = useState("");
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const attempt = useAttempt();
  const submit = async () => {
    if (await attempt.run(() => resetForgotten(email.trim(), password, code.trim()))) setStep("done");
  };
  return (
    <Door title={t("door.forgot")} text={t("door.forgotText")}>
      {step === "email" && (
        <EmailStep
          email={email}
          onEmail={setEmail}
          subject={t("door.forgot")}
          onSent={() => setStep("details")}
        />
      )}
      {step === "details" && (
        <StepForm attempt={attempt} onSubmit={submit} submit={t("action.save")}>
          <CodeField email={email} code={code} onCode={setCode} />
          <PasswordField
            label={t("account.newPassword")}
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
          />
        </StepForm>
      )}
      {step === "done" && (
        <p className="banner" role="status">
          {t("account.passwordChanged")}
        </p>
      )}
      <p className="signin__links">{back}</p>
    </Door>
  );
}
