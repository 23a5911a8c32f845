import { api, Button, Dialog, describeError, ErrorState, IconButton, Skeleton, toasts } from "@ems/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import type { Field } from "../model/description";
import { collectionKey } from "../model/queries";
import { ALWAYS, CONSUMPTION, SHARE, type Term, type TermFault, termFaults, wall } from "./terms";

/** Kinds whose consumption may weigh, and the resource they are picked from. */
const REFERENCES: Readonly<Record<string, string>> = {
  meter: "meters",
  virtual_meter: "virtualmeters",
  offline_meter: "offlinemeters",
  equipment: "equipments",
  tenant: "tenants",
  store: "stores",
  shopfloor: "shopfloors",
  space: "spaces",
};

interface RowProps {
  term: Term;
  place: number;
  allocations: readonly string[];
  fault: TermFault | undefined;
  disabled: boolean;
  onChange: (term: Term) => void;
  onRemove: (() => void) | null;
}

function Reference({ term, disabled, onChange }: Pick<RowProps, "term" | "disabled" | "onChange">) {
  const { t } = useTranslation();
  const [kind, setKind] = useState(term.reference?.kind ?? null);
  const kindField: Field = {
    name: "kind",
    type: "choice",
    required: false,
    choices: Object.keys(REFERENCES),
  };
  return (
    <div className="pair">
      <LabelledField label={t("terms.referenceKind")} help={t("terms.referenceHelp")}>
        {(props) => (
          <FieldInput
            {...props}
            field={kindField}
            disabled={disabled}
            value={kind}
            onChange={(next) => {
              setKind(next === null ? null : String(next));
              onChange({ ...term, reference: null });
            }}
          />
        )}
      </LabelledField>
      {kind && (
        <LabelledField label={t("terms.reference")}>
          {(props) => (
            <FieldInput
              {...props}
              key={kind}
              field={{ name: "reference", type: "reference", required: true, reference: REFERENCES[kind] }}
              disabled={disabled}
              value={term.reference?.id ?? null}
              onChange={(next) =>
                onChange({ ...term, reference: typeof next === "number" ? { kind, id: next } : null })
              }
            />
          )}
        </LabelledField>
      )}
    </div>
  );
}

function TermRow({ term, place, allocations, fault, disabled, onChange, onRemove }: RowProps) {
  const { t } = useTranslation();
  const isShare = term.allocation === SHARE;
  const field = (name: string, type: Field["type"], more: Partial<Field> = {}): Field => ({
    name,
    type,
    required: false,
    ...more,
  });
  return (
    <fieldset className="term">
      <legend className="term__legend">
        {t("terms.number", { number: place + 1 })}
        {onRemove && (
          <IconButton
            label={t("terms.remove", { number: place + 1 })}
            icon={<Trash2 size={16} />}
            disabled={disabled}
            onClick={onRemove}
          />
        )}
      </legend>
      <div className="pair">
        <LabelledField label={t("terms.from")} help={term.valid_from ? undefined : t("terms.fromHelp")}>
          {(props) => (
            <FieldInput
              {...props}
              field={field("valid_from", "datetime")}
              disabled={disabled}
              value={wall(term.valid_from)}
              onChange={(next) => onChange({ ...term, valid_from: typeof next === "string" ? next : null })}
            />
          )}
        </LabelledField>
        <LabelledField
          label={t("terms.through")}
          help={term.valid_through ? undefined : t("terms.throughHelp")}
          error={fault && fault !== "share" ? t(`terms.fault.${fault}`) : undefined}
        >
          {(props) => (
            <FieldInput
              {...props}
              field={field("valid_through", "datetime")}
              disabled={disabled}
              value={wall(term.valid_through)}
              onChange={(next) =>
                onChange({ ...term, valid_through: typeof next === "string" ? next : null })
              }
            />
          )}
        </LabelledField>
        <LabelledField label={t("terms.allocation")} help={t(`terms.allocationHelp.${term.allocation}`)}>
          {(props) => (
            <FieldInput
              {...props}
              field={field("allocation", "choice", { required: true, choices: allocations })}
              disabled={disabled}
              value={term.allocation}
              onChange={(next) => onChange({ ...term, allocation: String(next), reference: null })}
            />
          )}
        </LabelledField>
        <LabelledField
          label={t(isShare ? "terms.share" : "terms.factor")}
          help={t(isShare ? "terms.shareHelp" : "terms.factorHelp")}
          error={fault === "share" ? t("terms.fault.share") : undefined}
        >
          {(props) => (
            <FieldInput
              {...props}
              field={field("share", "number", isShare ? { unit: "%", maximum: 100 } : {})}
              disabled={disabled}
              value={isShare ? Math.round(term.share * 1e8) / 1e6 : term.share}
              onChange={(next) => {
                const number = typeof next === "number" ? next : 0;
                onChange({ ...term, share: isShare ? number / 100 : number });
              }}
            />
          )}
        </LabelledField>
      </div>
      {term.allocation === CONSUMPTION && <Reference term={term} disabled={disabled} onChange={onChange} />}
    </fieldset>
  );
}

export interface TermsDialogProps {
  /** Path of the relation, such as `/tenants/3/meters`. */
  path: string;
  memberId: string;
  memberName: string;
  allocations: readonly string[];
  canWrite: boolean;
  onClose: () => void;
}

/** On what terms a bound thing counts: since when, until when, how much of it. */
export function TermsDialog({
  path,
  memberId,
  memberName,
  allocations,
  canWrite,
  onClose,
}: TermsDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const address = `/v1${path}/${memberId}/terms`;
  const query = useQuery({
    queryKey: [...collectionKey(path), "terms", memberId],
    gcTime: 0,
    queryFn: ({ signal }) => api.get<{ terms: Term[] }>(address, { signal }),
  });
  const [edited, setEdited] = useState<readonly Term[] | null>(null);
  const [error, setError] = useState("");
  const terms = edited ?? query.data?.terms ?? [];
  const faults = termFaults(terms);
  const before = query.data?.terms ?? [];

  const put = async (next: readonly Term[]) => {
    await api.put(address, {
      data: {
        terms: next.map((term) => ({
          ...term,
          valid_from: wall(term.valid_from),
          valid_through: wall(term.valid_through),
        })),
      },
    });
    await client.invalidateQueries({ queryKey: collectionKey(path) });
  };
  const save = async () => {
    try {
      await put(terms);
      toasts.show(t("terms.saved"), { action: { label: t("bind.undo"), run: () => void put(before) } });
      onClose();
    } catch (failure) {
      setError(describeError(failure, t));
    }
  };
  const add = () => {
    const last = terms.at(-1);
    setEdited([
      ...terms,
      { ...ALWAYS, allocation: last?.allocation ?? SHARE, valid_from: last?.valid_through ?? null },
    ]);
  };
  return (
    <Dialog
      title={t("terms.title", { name: memberName })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t(canWrite ? "action.cancel" : "action.close")}</Button>
          {canWrite && (
            <Button tone="primary" disabled={edited === null || faults.size > 0} onClick={() => void save()}>
              {t("action.save")}
            </Button>
          )}
        </>
      }
    >
      <p className="muted">{t("terms.text")}</p>
      {query.isPending && <Skeleton height={200} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {terms.map((term, place) => (
        <TermRow
          key={place}
          term={term}
          place={place}
          allocations={allocations}
          fault={faults.get(place)}
          disabled={!canWrite}
          onChange={(next) => setEdited(terms.map((one, i) => (i === place ? next : one)))}
          onRemove={
            terms.length > 1 && canWrite ? () => setEdited(terms.filter((_, i) => i !== place)) : null
          }
        />
      ))}
      {canWrite && query.data && (
        <Button small icon={<Plus size={14} />} onClick={add}>
          {t("terms.add")}
        </Button>
      )}
      <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
    </Dialog>
  );
}
