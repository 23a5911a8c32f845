import {
  api,
  Button,
  Dialog,
  describeError,
  displayUnit,
  Field,
  parseLocal,
  Segmented,
  useLocale,
} from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useItems } from "../library/names";
import { SelectField } from "../library/SelectField";
import { useLocalNow } from "../state/site";
import { useView } from "../state/view";
import { type Budget, MEASURES, type Measure } from "./model";
import { BUDGETS, useCategories, useUnit } from "./useBudget";

const MONTHS = 12;
const YEARS_BACK = 2;
const YEARS_AHEAD = 4;

interface Draft {
  name: string;
  owner: "space" | "tenant";
  ownerId: number;
  measure: Measure;
  categoryId: number;
  period: "month" | "year";
  year: number;
  /** From 1. */
  month: number;
  amount: string;
  isEveryMonth: boolean;
}

function draftOf(budget: Budget | null, spaceId: number, now: number): Draft {
  const starts = new Date(budget ? parseLocal(budget.starts_on) : now);
  return {
    name: budget?.name ?? "",
    owner: budget?.tenant ? "tenant" : "space",
    ownerId: budget?.tenant?.id ?? budget?.space?.id ?? spaceId,
    measure: budget?.measure ?? "cost",
    categoryId: budget?.energy_category?.id ?? 0,
    period: budget?.period ?? "month",
    year: starts.getUTCFullYear(),
    month: starts.getUTCMonth() + 1,
    amount: budget ? String(budget.amount) : "",
    isEveryMonth: false,
  };
}

function monthName(month: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" }).format(
    Date.UTC(2026, month - 1, 1),
  );
}

function startsOn(year: number, month: number): string {
  return `${year}-${String(month).padStart(2, "0")}-01`;
}

function bodyOf(draft: Draft, month: number, name: string) {
  return {
    name,
    space_id: draft.owner === "space" ? draft.ownerId : null,
    tenant_id: draft.owner === "tenant" ? draft.ownerId : null,
    measure: draft.measure,
    energy_category_id: draft.categoryId || null,
    period: draft.period,
    starts_on: startsOn(draft.year, month),
    amount: Number(draft.amount),
  };
}

interface FieldsProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

function OwnerFields({ draft, change }: FieldsProps) {
  const { t } = useTranslation();
  const items = useItems(["space", "tenant"]);
  const listed = items.get(draft.owner) ?? [];
  const first = (owner: "space" | "tenant") => items.get(owner)?.[0]?.id ?? 0;
  return (
    <>
      <Segmented
        label={t("budget.owner")}
        value={draft.owner}
        options={[
          { value: "space", label: t("entity.space.name") },
          { value: "tenant", label: t("entity.tenant.name"), disabled: items.get("tenant")?.length === 0 },
        ]}
        onChange={(owner) => change({ owner, ownerId: first(owner) })}
      />
      <SelectField
        label={t(`entity.${draft.owner}.name`)}
        value={String(draft.ownerId)}
        options={listed.map((item) => ({ value: String(item.id), text: item.name }))}
        onChange={(id) => change({ ownerId: Number(id) })}
      />
    </>
  );
}

function MeasureFields({ draft, change }: FieldsProps) {
  const { t } = useTranslation();
  const categories = useCategories();
  // Energies of different kinds have units of their own and do not add up.
  const all = draft.measure === "energy" ? [] : [{ value: "0", text: t("budget.allCategories") }];
  const withCategory = (measure: Measure) =>
    change({
      measure,
      categoryId: draft.categoryId || (measure === "energy" ? (categories[0]?.id ?? 0) : 0),
    });
  return (
    <>
      <SelectField
        label={t("budget.measure")}
        value={draft.measure}
        options={MEASURES.map((measure) => ({ value: measure, text: t(`budget.measures.${measure}`) }))}
        onChange={(text) => withCategory(MEASURES.find((measure) => measure === text) ?? "cost")}
      />
      <SelectField
        label={t("report.category")}
        value={String(draft.categoryId)}
        options={[...all, ...categories.map((one) => ({ value: String(one.id), text: one.name }))]}
        onChange={(id) => change({ categoryId: Number(id) })}
      />
    </>
  );
}

function PeriodFields({ draft, change, isNew }: FieldsProps & { isNew: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const thisYear = new Date(useLocalNow()).getUTCFullYear();
  const first = Math.min(draft.year, thisYear - YEARS_BACK);
  const years = Array.from({ length: thisYear + YEARS_AHEAD - first }, (_, i) => String(first + i));
  const months = Array.from({ length: MONTHS }, (_, i) => i + 1);
  return (
    <>
      <Segmented
        label={t("budget.period")}
        value={draft.period}
        options={[
          { value: "month", label: t("budget.periods.month") },
          { value: "year", label: t("budget.periods.year") },
        ]}
        onChange={(period) => change({ period, month: period === "year" ? 1 : draft.month })}
      />
      <SelectField
        label={draft.period === "year" ? t("budget.firstMonth") : t("budget.periods.month")}
        value={String(draft.month)}
        options={months.map((month) => ({ value: String(month), text: monthName(month, locale) }))}
        onChange={(month) => change({ month: Number(month) })}
      />
      <SelectField
        label={t("budget.periods.year")}
        value={String(draft.year)}
        options={years.map((year) => ({ value: year, text: year }))}
        onChange={(year) => change({ year: Number(year) })}
      />
      {isNew && draft.period === "month" && (
        <label className="check order__wide">
          <input
            type="checkbox"
            checked={draft.isEveryMonth}
            onChange={(event) => change({ isEveryMonth: event.target.checked })}
          />
          {t("budget.everyMonth", { year: draft.year })}
        </label>
      )}
    </>
  );
}

async function save(budget: Budget | null, draft: Draft, locale: string): Promise<void> {
  const name = draft.name.trim();
  if (budget) {
    await api.put(`${BUDGETS}/${budget.id}`, { data: bodyOf(draft, draft.month, name) });
  } else if (draft.isEveryMonth && draft.period === "month") {
    const months = Array.from({ length: MONTHS }, (_, i) => i + 1);
    const data = months.map((month) => bodyOf(draft, month, `${name} · ${monthName(month, locale)}`));
    await api.post(`${BUDGETS}/bulk`, { data });
  } else {
    await api.create(BUDGETS, { data: bodyOf(draft, draft.month, name) });
  }
}

/** A new budget, or one that is changed. */
export function BudgetForm({ budget, onClose }: { budget: Budget | null; onClose: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const { spaceId } = useView();
  const now = useLocalNow();
  const unitOf = useUnit();
  const [draft, setDraft] = useState(() => draftOf(budget, spaceId ?? 0, now));
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const unit = displayUnit(unitOf(draft.measure, draft.categoryId || null));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      await save(budget, draft, locale);
      await client.invalidateQueries({ queryKey: ["api", BUDGETS] });
      onClose();
    } catch (failure) {
      setError(describeError(failure, t));
      setBusy(false);
    }
  };
  return (
    <Dialog title={budget ? t("budget.edit") : t("budget.new")} onClose={onClose}>
      <form className="order order--dialog" onSubmit={(event) => void submit(event)}>
        <div className="order__wide">
          <Field
            label={t("library.name")}
            required
            maxLength={100}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        </div>
        <OwnerFields draft={draft} change={change} />
        <MeasureFields draft={draft} change={change} />
        <PeriodFields draft={draft} change={change} isNew={budget === null} />
        <Field
          label={`${t("budget.amount")} [${unit}]`}
          type="number"
          required
          min={0}
          step="any"
          value={draft.amount}
          onChange={(event) => change({ amount: event.target.value })}
        />
        {error && (
          <p className="field__error order__wide" role="alert">
            {error}
          </p>
        )}
        <div className="dialog__foot order__wide">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            type="submit"
            tone="primary"
            disabled={
              isBusy || draft.name.trim() === "" || !(Number(draft.amount) > 0) || draft.ownerId === 0
            }
          >
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
