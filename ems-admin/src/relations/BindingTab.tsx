import { api, Button, describeError, ErrorState, formatPercent, Skeleton, toasts, useLocale } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, ArrowRight, CalendarClock } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { collectionPath, isChild, type Relation, type Resource } from "../model/description";
import { useNames } from "../model/names";
import { collectionKey, useItems } from "../model/queries";
import { type Item, initialValues, labelOf, type Values } from "../model/values";
import { type PickItem, PickList } from "./PickList";
import { TermsDialog } from "./TermsDialog";
import { isUsual, SHARE, type Term } from "./terms";

export interface BindingTabProps {
  path: string;
  relation: Relation;
  target: Resource | undefined;
  canWrite: boolean;
}

function useBinding({ path, relation, target }: BindingTabProps) {
  const candidatesPath = relation.candidates ?? (target && !isChild(target) ? collectionPath(target) : "");
  const bound = useItems(path);
  // Of those that could be bound only what names them: there may be thousands.
  const fields = `id,${target?.label ?? "name"}`;
  const candidates = useItems(candidatesPath, { fields }, candidatesPath !== "");
  return { bound, candidates };
}

function termsOf(item: Item): readonly Term[] {
  return Array.isArray(item.terms) ? (item.terms as Term[]) : [];
}

/** Terms in a few words: "50 %", "by area", "3 terms". */
function useTermsNote(): (item: Item) => string {
  const { t } = useTranslation();
  const { t: tModel } = useTranslation("model");
  const locale = useLocale();
  return (item) => {
    const terms = termsOf(item);
    const [first] = terms;
    if (!first || isUsual(terms)) return "";
    if (terms.length > 1) return t("terms.count", { count: terms.length });
    const how =
      first.allocation === SHARE
        ? formatPercent(first.share, locale)
        : t("terms.by", { rule: tModel(`choice.${first.allocation}`, { defaultValue: first.allocation }) });
    return first.valid_from || first.valid_through ? `${how}, ${t("terms.limited")}` : how;
  };
}

/** Which items are bound: two lists with search, by mouse, touch or keys alike. */
export function BindingTab(props: BindingTabProps) {
  const { path, relation, target, canWrite } = props;
  const { t } = useTranslation();
  const names = useNames();
  const client = useQueryClient();
  const { bound, candidates } = useBinding(props);
  const [toBind, setToBind] = useState<ReadonlySet<string>>(new Set());
  const [toUnbind, setToUnbind] = useState<ReadonlySet<string>>(new Set());
  const [flags, setFlags] = useState<Values>(() => initialValues(relation.flags ?? [], null));
  const [isBusy, setBusy] = useState(false);
  const [inTerms, setInTerms] = useState<PickItem | null>(null);
  const termsNote = useTermsNote();

  if (bound.isPending) return <Skeleton height={320} />;
  if (bound.isError && !bound.data) {
    return <ErrorState error={bound.error} onRetry={() => void bound.refetch()} />;
  }
  if (candidates.isError && !candidates.data) {
    return <ErrorState error={candidates.error} onRetry={() => void candidates.refetch()} />;
  }
  const title = names.relation(relation, target);
  const toPick = (item: Item): PickItem => ({
    id: String(item.id),
    name: target ? labelOf(target, item) : String(item.name ?? item.id),
    note: [
      ...(relation.flags ?? []).filter((flag) => item[flag.name] === true).map((flag) => names.field(flag)),
      termsNote(item),
    ]
      .filter(Boolean)
      .join(", "),
  });
  const boundItems = (bound.data ?? []).map(toPick);
  const boundIds = new Set(boundItems.map((item) => item.id));
  const freeItems = (candidates.data ?? []).map(toPick).filter((item) => !boundIds.has(item.id));

  const run = async (
    ids: readonly string[],
    one: (id: string) => Promise<unknown>,
    done: string,
    undo: () => void,
  ) => {
    setBusy(true);
    try {
      for (const id of ids) await one(id);
      toasts.show(t(done, { count: ids.length }), { action: { label: t("bind.undo"), run: undo } });
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setBusy(false);
      setToBind(new Set());
      setToUnbind(new Set());
      await client.invalidateQueries({ queryKey: collectionKey(path) });
    }
  };
  const bindOne = (id: string) =>
    api.create(path, {
      data: { [relation.field ?? "id"]: Number.isNaN(Number(id)) ? id : Number(id), ...flags },
    });
  const unbindOne = (id: string) => api.remove(`${path}/${id}`);
  const bind = (ids: readonly string[]): Promise<void> =>
    run(ids, bindOne, "bind.bound", () => void unbind(ids));
  const unbind = (ids: readonly string[]): Promise<void> =>
    run(ids, unbindOne, "bind.unbound", () => void bind(ids));

  return (
    <section className="card" aria-label={title}>
      <div className="dual">
        <PickList
          title={t("bind.available")}
          items={freeItems}
          selected={toBind}
          onSelect={setToBind}
          onEnter={(ids) => void bind(ids)}
          disabled={!canWrite}
          isLoading={candidates.isLoading}
        />
        <div className="dual__middle">
          {(relation.flags ?? []).map((flag) => (
            <div key={flag.name} className="dual__flag">
              <FieldInput
                field={flag}
                aria-label={names.field(flag)}
                disabled={!canWrite}
                value={flags[flag.name]}
                onChange={(value) => setFlags({ ...flags, [flag.name]: value })}
              />
              <span aria-hidden="true">{names.field(flag)}</span>
            </div>
          ))}
          {canWrite && (
            <>
              <Button
                icon={<ArrowRight size={16} className="flip dual__arrow" />}
                disabled={isBusy || toBind.size === 0}
                onClick={() => void bind([...toBind])}
              >
                {t("bind.bind")}
              </Button>
              <Button
                icon={<ArrowLeft size={16} className="flip dual__arrow" />}
                disabled={isBusy || toUnbind.size === 0}
                onClick={() => void unbind([...toUnbind])}
              >
                {t("bind.unbind")}
              </Button>
            </>
          )}
          {relation.allocations && (
            <Button
              icon={<CalendarClock size={16} />}
              disabled={toUnbind.size !== 1}
              title={t("terms.hint")}
              onClick={() => setInTerms(boundItems.find((item) => toUnbind.has(item.id)) ?? null)}
            >
              {t("terms.open")}
            </Button>
          )}
        </div>
        <PickList
          title={t("bind.inUse")}
          items={boundItems}
          selected={toUnbind}
          onSelect={setToUnbind}
          onEnter={(ids) => {
            if (canWrite) void unbind(ids);
          }}
          disabled={!canWrite && !relation.allocations}
        />
      </div>
      {inTerms && relation.allocations && (
        <TermsDialog
          path={path}
          memberId={inTerms.id}
          memberName={inTerms.name}
          allocations={relation.allocations}
          canWrite={canWrite}
          onClose={() => setInTerms(null)}
        />
      )}
    </section>
  );
}
