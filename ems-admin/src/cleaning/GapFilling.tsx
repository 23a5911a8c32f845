import {
  api,
  Button,
  Card,
  describeError,
  ErrorState,
  formatNumber,
  Skeleton,
  toasts,
  useLocale,
} from "@ems/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import { useResource } from "../model/description";
import { collectionKey } from "../model/queries";
import { type Preview, previewRules, useEstimates } from "./api";
import { type PeriodDays, PreviewView, useSpan } from "./parts";
import { usePointUnit } from "./RulePreview";

const RULES_PATH = "/cleaningrules";

interface Rule {
  id: number;
  name: string;
  rule: string;
  is_enabled: boolean;
  parameters: string | null;
  description: string | null;
}

/** The rule that fills the gaps of this point, if it has one of its own. */
function useFillRule(pointId: number) {
  return useQuery({
    queryKey: [...collectionKey(RULES_PATH), "fill", pointId],
    queryFn: async ({ signal }) => {
      const rules = await api.get<Rule[]>(`/v1${RULES_PATH}`, { query: { point_id: pointId }, signal });
      return rules.find((rule) => rule.rule === "fill") ?? null;
    },
  });
}

function useActions(pointId: number, rule: Rule | null) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const renew = async () => {
    await client.invalidateQueries({ queryKey: collectionKey(RULES_PATH) });
    await client.invalidateQueries({ queryKey: ["estimates", pointId] });
  };
  const body = (parameters: string | null) => ({
    data: {
      name: rule?.name ?? t("fill.ruleName", { point: pointId }),
      rule: "fill",
      point_kind: null,
      point_id: pointId,
      is_enabled: true,
      parameters,
      description: rule?.description ?? null,
    },
  });
  const stop = async (id: number | string) => {
    await api.remove(`${RULES_PATH}/${id}`);
    await renew();
  };
  const apply = async (parameters: string) => {
    const id = rule ? String(rule.id) : await api.create(RULES_PATH, body(parameters));
    if (rule) await api.put(`${RULES_PATH}/${rule.id}`, body(parameters));
    await renew();
    const undo = rule
      ? () => api.put(`${RULES_PATH}/${rule.id}`, body(rule.parameters)).then(renew)
      : () => stop(id);
    toasts.show(t("fill.applied"), { action: { label: t("bind.undo"), run: () => void undo() } });
  };
  return { apply, stop };
}

/** Estimates in place of missing and bad readings: tried, switched on, and taken back as a whole. */
export function GapFilling({
  pointId,
  days,
  canWrite,
}: {
  pointId: number;
  days: PeriodDays;
  canWrite: boolean;
}) {
  const { t } = useTranslation();
  const { t: tModel } = useTranslation("model");
  const locale = useLocale();
  const span = useSpan(days);
  const unit = usePointUnit(pointId);
  const parts = useResource("cleaningrules")?.fields.find((field) => field.parts)?.parts?.fill ?? [];
  const rule = useFillRule(pointId);
  const estimates = useEstimates(pointId, span);
  const { apply, stop } = useActions(pointId, rule.data ?? null);
  const [values, setValues] = useState<Readonly<Record<string, unknown>>>({
    method: "linear",
    longest_hours: 6,
  });
  const [preview, setPreview] = useState<Preview | null>(null);
  const [isBusy, setBusy] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setBusy(false);
    }
  };
  const count = estimates.data?.estimates.length ?? 0;
  return (
    <Card
      title={t("fill.title")}
      actions={rule.data?.is_enabled && <span className="badge badge--good">{t("fill.on")}</span>}
    >
      <div className="stack">
        <p className="muted">{t("fill.text")}</p>
        {estimates.isPending && <Skeleton height={20} />}
        {estimates.isError && <ErrorState error={estimates.error} onRetry={() => void estimates.refetch()} />}
        {estimates.data && <p>{t("fill.count", { count, shown: formatNumber(count, locale) })}</p>}
        {canWrite && (
          <>
            <div className="toolbar">
              {parts.map((part) => (
                <LabelledField
                  key={part.name}
                  label={tModel(`parameter.${part.name}`, { defaultValue: part.name })}
                >
                  {(props) => (
                    <FieldInput
                      {...props}
                      field={part}
                      value={values[part.name]}
                      onChange={(next) => setValues({ ...values, [part.name]: next })}
                    />
                  )}
                </LabelledField>
              ))}
              <Button
                disabled={isBusy}
                onClick={() =>
                  void run(async () => setPreview(await previewRules(pointId, span, { fill: values })))
                }
              >
                {t("fill.preview")}
              </Button>
              <Button
                tone="primary"
                disabled={isBusy}
                onClick={() => void run(() => apply(JSON.stringify(values)))}
              >
                {t("fill.apply")}
              </Button>
              {rule.data && (
                <Button
                  disabled={isBusy}
                  onClick={() =>
                    void run(async () => {
                      await stop(rule.data?.id ?? "");
                      toasts.show(t("fill.stopped"));
                    })
                  }
                >
                  {t("fill.stop")}
                </Button>
              )}
            </div>
            {preview && <PreviewView preview={preview} unit={unit} />}
          </>
        )}
      </div>
    </Card>
  );
}
