import { api, Button, QueryView, Skeleton, useSession } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import { type Field, itemPath, useResource } from "../model/description";
import type { Values } from "../model/values";
import { previewRules } from "./api";
import { PeriodChoice, type PeriodDays, PreviewView, useSpan } from "./parts";

const POINT: Field = { name: "preview_point", type: "reference", required: false, reference: "points" };

interface Asked {
  pointId: number;
  days: PeriodDays;
  rule: string;
  parameters: Readonly<Record<string, unknown>>;
}

function parametersOf(values: Values): Readonly<Record<string, unknown>> {
  const text = values.parameters;
  try {
    const parsed: unknown = typeof text === "string" && text !== "" ? JSON.parse(text) : {};
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    // The form itself says that the text is no JSON.
    return {};
  }
}

/** The unit of a point, once it is known. */
export function usePointUnit(pointId: number): string {
  const points = useResource("points");
  const query = useQuery({
    queryKey: ["point-unit", pointId],
    enabled: points !== undefined,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const item = await api.get<{ units?: string | null }>(
        points ? `/v1${itemPath(points, String(pointId))}` : "",
        {
          signal,
        },
      );
      return item.units ?? "";
    },
  });
  return query.data ?? "";
}

function Result({ asked }: { asked: Asked }) {
  const span = useSpan(asked.days);
  const unit = usePointUnit(asked.pointId);
  const query = useQuery({
    queryKey: ["rule-preview", asked, span],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () => previewRules(asked.pointId, span, { [asked.rule]: asked.parameters }),
  });
  return (
    <QueryView query={query} skeleton={<Skeleton height={360} />}>
      {(preview) => <PreviewView preview={preview} unit={unit} />}
    </QueryView>
  );
}

/** Try a cleaning rule with what the form holds on the past of a point, before it is switched on. */
export function RulePreview({ values }: { values: Values }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const [chosen, setChosen] = useState<number | null>(null);
  const [days, setDays] = useState<PeriodDays>("7");
  const [asked, setAsked] = useState<Asked | null>(null);
  if (user?.isReadOnly === true) return null;
  const own = typeof values.point_id === "number" ? values.point_id : null;
  const pointId = own ?? chosen;
  const rule = typeof values.rule === "string" ? values.rule : "";
  const isReady = pointId !== null && rule !== "";
  return (
    <section className="aside" aria-labelledby="rule-preview">
      <div className="stack">
        <h2 className="card__title" id="rule-preview">
          {t("quality.try")}
        </h2>
        <p className="muted">{t("quality.tryText")}</p>
        <div className="toolbar">
          {own === null && (
            <LabelledField label={t("quality.tryPoint")}>
              {(props) => (
                <FieldInput
                  {...props}
                  field={POINT}
                  value={chosen}
                  onChange={(next) => setChosen(typeof next === "number" ? next : null)}
                />
              )}
            </LabelledField>
          )}
          <PeriodChoice value={days} onChange={setDays} />
          <Button
            icon={<FlaskConical size={16} />}
            disabled={!isReady}
            onClick={() => {
              if (pointId !== null) setAsked({ pointId, days, rule, parameters: parametersOf(values) });
            }}
          >
            {t("quality.tryDo")}
          </Button>
        </div>
        {!isReady && <p className="muted">{t("quality.tryMissing")}</p>}
        {asked && <Result asked={asked} />}
      </div>
    </section>
  );
}
