import {
  api,
  Button,
  type Column,
  DataTable,
  Dialog,
  describeError,
  EmptyState,
  QueryView,
  Skeleton,
  toasts,
  useSession,
} from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import type { Field } from "../model/description";
import { useItems } from "../model/queries";
import type { Item, Values } from "../model/values";
import { Page } from "../pages/Page";

const PATH = "/users/newusers";
const FIELDS: readonly Field[] = [
  { name: "privilege_id", type: "reference", required: false, reference: "privileges" },
  { name: "is_admin", type: "boolean", required: true },
  { name: "is_read_only", type: "boolean", required: false },
  { name: "account_expiration_datetime", type: "datetime", required: false },
];

function useDone(onClose: () => void) {
  const client = useQueryClient();
  return async (text: string) => {
    await client.invalidateQueries({ queryKey: ["collection"] });
    toasts.show(text);
    onClose();
  };
}

function Approve({ applicant, onClose }: { applicant: Item; onClose: () => void }) {
  const { t } = useTranslation();
  const { t: tModel } = useTranslation("model");
  const done = useDone(onClose);
  const [values, setValues] = useState<Values>({ is_admin: false, is_read_only: false });
  const [error, setError] = useState("");
  const isAdmin = values.is_admin === true;
  const fields = FIELDS.filter((field) => field.name !== (isAdmin ? "privilege_id" : "is_read_only"));
  const submit = async () => {
    try {
      await api.put(`${PATH}/${applicant.id}/approve`, {
        data: { privilege_id: null, account_expiration_datetime: null, ...values },
      });
      await done(t("access.approved", { name: String(applicant.display_name) }));
    } catch (failure) {
      setError(describeError(failure, t));
    }
  };
  return (
    <Dialog
      title={t("access.approveTitle", { name: String(applicant.display_name) })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            tone="primary"
            disabled={!isAdmin && typeof values.privilege_id !== "number"}
            onClick={() => void submit()}
          >
            {t("access.approve")}
          </Button>
        </>
      }
    >
      <p className="muted">{t("access.approveText", { email: String(applicant.email) })}</p>
      {fields.map((field) => (
        <LabelledField key={field.name} label={tModel(`field.${field.name}`)}>
          {(props) => (
            <FieldInput
              {...props}
              field={field}
              value={values[field.name]}
              onChange={(next) => setValues({ ...values, [field.name]: next })}
            />
          )}
        </LabelledField>
      ))}
      <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
    </Dialog>
  );
}

function Reject({ applicant, onClose }: { applicant: Item; onClose: () => void }) {
  const { t } = useTranslation();
  const done = useDone(onClose);
  const submit = async () => {
    try {
      await api.remove(`${PATH}/${applicant.id}`);
      await done(t("access.rejected", { name: String(applicant.display_name) }));
    } catch (failure) {
      toasts.show(describeError(failure, t), { tone: "critical" });
    }
  };
  return (
    <Dialog
      title={t("access.rejectTitle", { name: String(applicant.display_name) })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button tone="danger" onClick={() => void submit()}>
            {t("access.reject")}
          </Button>
        </>
      }
    >
      <p>{t("access.rejectText")}</p>
    </Dialog>
  );
}

/** Who asked for an account: approved with rights, or turned down. */
export default function RegistrationsPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const query = useItems(PATH);
  const [asked, setAsked] = useState<{ applicant: Item; isApproval: boolean } | null>(null);
  const close = () => setAsked(null);
  const columns: Column<Item>[] = [
    {
      key: "name",
      title: t("access.applicant"),
      cell: (row) => String(row.display_name),
      sort: (row) => String(row.display_name),
    },
    {
      key: "account",
      title: t("access.account"),
      wideOnly: true,
      cell: (row) => String(row.name),
      sort: (row) => String(row.name),
    },
    {
      key: "email",
      title: t("access.email"),
      cell: (row) => String(row.email),
      sort: (row) => String(row.email),
    },
    {
      key: "actions",
      title: <span className="vh">{t("form.rowActions")}</span>,
      right: true,
      cell: (row) =>
        user?.isReadOnly !== true && (
          <span className="row-actions">
            <Button
              small
              icon={<Check size={14} />}
              onClick={() => setAsked({ applicant: row, isApproval: true })}
            >
              {t("access.approve")}
            </Button>
            <Button
              small
              icon={<X size={14} />}
              onClick={() => setAsked({ applicant: row, isApproval: false })}
            >
              {t("access.reject")}
            </Button>
          </span>
        ),
    },
  ];
  return (
    <Page title={t("access.registrations")} sub={t("access.registrationsText")}>
      <section className="card" aria-label={t("access.registrations")}>
        <QueryView
          query={query}
          skeleton={
            <div className="pad">
              <Skeleton height={160} />
            </div>
          }
          isEmpty={(items) => items.length === 0}
          empty={
            <EmptyState title={t("access.registrationsNone")} text={t("access.registrationsNoneText")} />
          }
        >
          {(items) => (
            <DataTable
              caption={t("access.registrations")}
              columns={columns}
              rows={items}
              rowKey={(row) => String(row.id)}
            />
          )}
        </QueryView>
      </section>
      {asked?.isApproval && <Approve applicant={asked.applicant} onClose={close} />}
      {asked && !asked.isApproval && <Reject applicant={asked.applicant} onClose={close} />}
    </Page>
  );
}
