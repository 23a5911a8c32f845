import { useTranslation } from "react-i18next";
import type { EntityKind } from "../reports/declarations";
import { useItems } from "./names";
import { COMPARISONS, type Draft, findOrderable, ORDERABLES, type Orderable, PERIOD_NAMES } from "./orders";
import { SelectField } from "./SelectField";

export interface WhatFieldsProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** Reports to choose from; all of them by default. */
  reports?: readonly Orderable[];
  /** What stands for a period that is not named: the top bar's, the document's; without it none is offered. */
  otherPeriod?: string;
}

/** The nearest draft that a report can be made of. */
function fitted(draft: Draft, kind: string): Draft {
  const report = findOrderable(kind);
  const entity = report?.entities.find((one) => one === draft.entity) ?? report?.entities[0] ?? draft.entity;
  const isSame = entity === draft.entity && !report?.isOfSpace && !findOrderable(draft.kind)?.isOfSpace;
  return { ...draft, kind, entity, id: isSame ? draft.id : 0 };
}

/** The draft with an entity: the first of its kind until one is chosen. */
export function useFirstItem(draft: Draft): { draft: Draft; items: ReturnType<typeof useSubjects> } {
  const items = useSubjects(draft);
  const first = items[0]?.id ?? 0;
  return { draft: draft.id > 0 ? draft : { ...draft, id: first }, items };
}

function useSubjects(draft: Draft) {
  const subject: EntityKind = findOrderable(draft.kind)?.isOfSpace ? "space" : draft.entity;
  return useItems([subject]).get(subject) ?? [];
}

/** Which report of what and when: the part that orders, schedules and blocks of documents have in common. */
export function WhatFields({ draft: given, onChange, reports = ORDERABLES, otherPeriod }: WhatFieldsProps) {
  const { t } = useTranslation();
  const { draft, items } = useFirstItem(given);
  const report = findOrderable(draft.kind);
  const subject: EntityKind = report?.isOfSpace ? "space" : draft.entity;
  const periods = [
    ...(otherPeriod === undefined ? [] : [{ value: "view", text: otherPeriod }]),
    ...PERIOD_NAMES.map((name) => ({ value: name, text: t(`library.periods.${name}`) })),
  ];
  return (
    <>
      <SelectField
        label={t("library.report")}
        value={draft.kind}
        options={reports.map((one) => ({ value: one.kind, text: t(one.name) }))}
        onChange={(kind) => onChange(fitted(draft, kind))}
      />
      {(report?.entities.length ?? 0) > 1 && (
        <SelectField
          label={report?.isOfSpace ? t("library.listed") : t("entity.choose")}
          value={draft.entity}
          options={(report?.entities ?? []).map((kind) => ({ value: kind, text: t(`entity.${kind}.name`) }))}
          onChange={(text) => {
            const entity = report?.entities.find((kind) => kind === text);
            if (entity) onChange({ ...draft, entity, id: report?.isOfSpace ? draft.id : 0 });
          }}
        />
      )}
      <SelectField
        label={t(`entity.${subject}.name`)}
        value={String(draft.id)}
        options={items.map((item) => ({ value: String(item.id), text: item.name }))}
        onChange={(id) => onChange({ ...draft, id: Number(id) })}
      />
      <SelectField
        label={t("library.period")}
        value={draft.period}
        options={periods}
        onChange={(text) =>
          onChange({ ...draft, period: PERIOD_NAMES.find((name) => name === text) ?? "view" })
        }
      />
      <SelectField
        label={t("period.compare")}
        value={draft.compare}
        options={COMPARISONS.map((value) => ({ value, text: t(`library.compare.${value || "none"}`) }))}
        onChange={(text) =>
          onChange({ ...draft, compare: COMPARISONS.find((value) => value === text) ?? "" })
        }
      />
    </>
  );
}
