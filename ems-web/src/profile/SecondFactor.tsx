import {
  api,
  Button,
  CodeField,
  Dialog,
  describeError,
  FormFoot,
  PasswordField,
  QueryView,
  SkeletonLines,
  toasts,
} from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { ShieldCheck, ShieldOff } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../state/me";

interface Begun {
  secret: string;
  qr_svg: string;
}

function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="banner banner--warning">{t("factor.keepCodes")}</p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </>
  );
}

interface StepProps {
  onClose: () => void;
}

/** Password, then the picture to be scanned, then a code of it, then the recovery codes. */
function Enrol({ onClose }: StepProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [begun, setBegun] = useState<Begun | null>(null);
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [error, setError] = useState("");
  const run = async (work: () => Promise<void>) => {
    setError("");
    try {
      await work();
    } catch (failure) {
      setError(describeError(failure, t));
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      if (!begun) {
        setBegun(await api.post<Begun>("/v1/users/me/secondfactor", { data: { password } }));
        return;
      }
      const answer = await api.put<{ recovery_codes: string[] }>("/v1/users/me/secondfactor", {
        data: { code: code.trim() },
      });
      setCodes(answer.recovery_codes);
      await client.invalidateQueries({ queryKey: ["api", "/v1/users/me"] });
    });
  };
  if (codes) {
    return (
      <Dialog
        title={t("factor.codes")}
        onClose={onClose}
        canDismiss={false}
        foot={<Button onClick={onClose}>{t("action.close")}</Button>}
      >
        <RecoveryCodes codes={codes} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("factor.turnOn")} onClose={onClose}>
      <form className="signin__form" onSubmit={submit}>
        {begun ? (
          <>
            <p>{t("factor.scan")}</p>
            <img
              className="qr"
              alt={t("factor.picture")}
              src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(begun.qr_svg)}`}
            />
            <p className="muted">
              {t("factor.byHand")} <code>{begun.secret}</code>
            </p>
            <CodeField code={code} onCode={setCode} />
          </>
        ) : (
          <PasswordField
            label={t("signin.password")}
            autoComplete="current-password"
            autoFocus
            value={password}
            onChange={setPassword}
          />
        )}
        <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
        <FormFoot submit={t("factor.next")} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

/** Switching it off, or fresh recovery codes: both ask for password and code once more. */
function Prove({ wish, onClose }: StepProps & { wish: "remove" | "renew" }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [error, setError] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError("");
    const body = { data: { password, second_factor: code.trim() } };
    try {
      if (wish === "remove") {
        await api.put("/v1/users/me/secondfactor/remove", body);
        toasts.show(t("factor.isOff"));
        onClose();
      } else {
        setCodes(
          (await api.put<{ recovery_codes: string[] }>("/v1/users/me/recoverycodes", body)).recovery_codes,
        );
      }
      await client.invalidateQueries({ queryKey: ["api", "/v1/users/me"] });
    } catch (failure) {
      setError(describeError(failure, t));
    }
  };
  return (
    <Dialog title={t(wish === "remove" ? "factor.turnOff" : "factor.renew")} onClose={onClose}>
      {codes ? (
        <>
          <RecoveryCodes codes={codes} />
          <Button onClick={onClose}>{t("action.close")}</Button>
        </>
      ) : (
        <form className="signin__form" onSubmit={(event) => void submit(event)}>
          <PasswordField
            label={t("signin.password")}
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
          />
          <CodeField code={code} onCode={setCode} />
          <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
          <FormFoot
            submit={t("factor.next")}
            onCancel={onClose}
            tone={wish === "remove" ? "danger" : "primary"}
          />
        </form>
      )}
    </Dialog>
  );
}

/** The second factor of the caller. */
export function SecondFactor() {
  const { t } = useTranslation();
  const query = useMe();
  const [open, setOpen] = useState<"none" | "enrol" | "remove" | "renew">("none");
  const close = () => setOpen("none");
  return (
    <QueryView query={query} skeleton={<SkeletonLines count={2} />}>
      {(me) => (
        <div className="factor">
          <p className={`quality ${me.second_factor.is_on ? "quality--good" : ""}`}>
            {me.second_factor.is_on ? <ShieldCheck size={14} /> : <ShieldOff size={14} />}
            {me.second_factor.is_on
              ? t("factor.on", { count: me.second_factor.recovery_codes_left })
              : t("factor.off")}
          </p>
          <div className="filters">
            {me.second_factor.is_on ? (
              <>
                <Button onClick={() => setOpen("renew")}>{t("factor.renew")}</Button>
                <Button onClick={() => setOpen("remove")}>{t("factor.turnOff")}</Button>
              </>
            ) : (
              <Button icon={<ShieldCheck size={16} />} onClick={() => setOpen("enrol")}>
                {t("factor.turnOn")}
              </Button>
            )}
          </div>
          {open === "enrol" && <Enrol onClose={close} />}
          {(open === "remove" || open === "renew") && <Prove wish={open} onClose={close} />}
        </div>
      )}
    </QueryView>
  );
}
