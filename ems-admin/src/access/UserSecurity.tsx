import { api, Button, Dialog, describeError, NO_DATA, Skeleton, toasts, useSession } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { Input } from "antd";
import { KeyRound, LockOpen, ShieldOff } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { LabelledField } from "../form/LabelledField";
import type { Resource } from "../model/description";
import { useMoments } from "../model/moments";
import { useItem } from "../model/queries";
import type { Item } from "../model/values";

function useRun() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await work();
      await client.invalidateQueries({ queryKey: ["collection"] });
      toasts.show(done);
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setBusy(false);
    }
  };
  return { run, isBusy };
}

function ResetPassword({ user, onClose }: { user: Item; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const submit = async () => {
    try {
      await api.put("/users/resetpassword", { data: { name: user.name, password } });
      await client.invalidateQueries({ queryKey: ["collection"] });
      toasts.show(t("access.passwordReset"));
      onClose();
    } catch (failure) {
      setError(describeError(failure, t));
    }
  };
  return (
    <Dialog
      title={t("access.resetTitle", { name: String(user.display_name ?? user.name) })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button tone="primary" disabled={password === ""} onClick={() => void submit()}>
            {t("access.resetDo")}
          </Button>
        </>
      }
    >
      <p className="muted">{t("access.resetText")}</p>
      <LabelledField label={t("access.newPassword")} error={error}>
        {(props) => (
          <Input.Password
            {...props}
            autoComplete="new-password"
            maxLength={100}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </LabelledField>
    </Dialog>
  );
}

function Line({ title, text, action }: { title: string; text: ReactNode; action?: ReactNode }) {
  return (
    <li className="action-line">
      <div>
        <p className="action-line__title">{title}</p>
        <p className="muted">{text}</p>
      </div>
      {action}
    </li>
  );
}

function Expiry({ user }: { user: Item }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const text = (value: unknown) => (typeof value === "string" ? moments.zoned(value) : NO_DATA);
  return (
    <Line
      title={t("access.expiry")}
      text={t("access.expiryText", {
        account: text(user.account_expiration_datetime),
        password: text(user.password_expiration_datetime),
      })}
    />
  );
}

/** Lock, password, second factor and expiry of an account, and what an administrator can do about each. */
export function UserSecurity({ resource, id }: { resource: Resource; id: string }) {
  const { t } = useTranslation();
  const { user: me } = useSession();
  const query = useItem(resource, id);
  const [isResetting, setResetting] = useState(false);
  const { run, isBusy } = useRun();
  const user = query.data;
  if (!user) return <Skeleton height={240} />;
  const canWrite = me?.isReadOnly !== true;
  return (
    <section className="card" aria-label={t("access.security")}>
      <ul className="action-lines">
        <Line
          title={t("access.lock")}
          text={t(user.is_locked ? "access.locked" : "access.notLocked", {
            failures: Number(user.failed_login_count ?? 0),
          })}
          action={
            canWrite &&
            user.is_locked === true && (
              <Button
                icon={<LockOpen size={16} />}
                disabled={isBusy}
                onClick={() => void run(() => api.put(`/users/unlock/${id}`), t("access.unlocked"))}
              >
                {t("access.unlock")}
              </Button>
            )
          }
        />
        <Expiry user={user} />
        <Line
          title={t("access.password")}
          text={t("access.passwordText")}
          action={
            canWrite && (
              <Button icon={<KeyRound size={16} />} onClick={() => setResetting(true)}>
                {t("access.reset")}
              </Button>
            )
          }
        />
        <Line
          title={t("access.secondFactor")}
          text={t("access.secondFactorText")}
          action={
            canWrite && (
              <Button
                icon={<ShieldOff size={16} />}
                disabled={isBusy}
                onClick={() =>
                  void run(() => api.remove(`/users/${id}/secondfactor`), t("access.factorRemoved"))
                }
              >
                {t("access.removeFactor")}
              </Button>
            )
          }
        />
        <Line
          title={t("access.activity")}
          text={t("access.activityText")}
          action={
            <Link className="btn" to={`/audit?user=${encodeURIComponent(String(user.name))}`}>
              {t("access.showActivity")}
            </Link>
          }
        />
      </ul>
      {isResetting && <ResetPassword user={user} onClose={() => setResetting(false)} />}
    </section>
  );
}
