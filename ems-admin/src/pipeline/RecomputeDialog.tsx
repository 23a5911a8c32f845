import { api, Button, Dialog, describeError, toasts } from "@ems/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import type { Field } from "../model/description";
import { PIPELINE_KEY } from "./state";

/** Kinds of entities that each stage can compute again, and the resource they are picked from. */
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cleaning: { point: "points", meter: "meters", data_source: "datasources" },
  normalization: { meter: "meters", virtual_meter: "virtualmeters" },
  aggregation: {
    space: "spaces",
    meter: "meters",
    virtual_meter: "virtualmeters",
    offline_meter: "offlinemeters",
    equipment: "equipments",
    combined_equipment: "combinedequipments",
    tenant: "tenants",
    store: "stores",
    shopfloor: "shopfloors",
  },
};

const FROM: Field = { name: "from", type: "datetime", required: false };
const TO: Field = { name: "to", type: "datetime", required: false };
const STAGE: Field = { name: "stage", type: "choice", required: true, choices: Object.keys(KINDS) };

/** Tell a stage to compute a range again; what follows from it does by itself. */
export function RecomputeDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [stage, setStage] = useState("normalization");
  const [kind, setKind] = useState<string | null>(null);
  const [id, setId] = useState<number | null>(null);
  const [from, setFrom] = useState<unknown>(null);
  const [to, setTo] = useState<unknown>(null);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const kinds = KINDS[stage] ?? {};
  const chooseStage = (next: unknown) => {
    setStage(String(next));
    setKind(null);
    setId(null);
  };
  const submit = async () => {
    setBusy(true);
    try {
      const entity = kind && id !== null ? { kind, id } : null;
      await api.post("/v1/pipeline/recompute", { data: { stage, from, to, entity } });
      await client.invalidateQueries({ queryKey: PIPELINE_KEY });
      toasts.show(t("pipeline.ordered"));
      onClose();
    } catch (failure) {
      setError(describeError(failure, t));
      setBusy(false);
    }
  };
  const kindField: Field = { name: "kind", type: "choice", required: false, choices: Object.keys(kinds) };
  return (
    <Dialog
      title={t("pipeline.recompute")}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button
            tone="primary"
            disabled={isBusy || (kind !== null && id === null)}
            onClick={() => void submit()}
          >
            {t("pipeline.recomputeDo")}
          </Button>
        </>
      }
    >
      <p className="muted">{t("pipeline.recomputeText")}</p>
      <LabelledField label={t("pipeline.stageLabel")}>
        {(props) => <FieldInput {...props} field={STAGE} value={stage} onChange={chooseStage} />}
      </LabelledField>
      <div className="pair">
        <LabelledField label={t("pipeline.from")} help={t("pipeline.fromHelp")}>
          {(props) => <FieldInput {...props} field={FROM} value={from} onChange={setFrom} />}
        </LabelledField>
        <LabelledField label={t("pipeline.to")} help={t("pipeline.toHelp")}>
          {(props) => <FieldInput {...props} field={TO} value={to} onChange={setTo} />}
        </LabelledField>
      </div>
      <div className="pair">
        <LabelledField label={t("pipeline.entityKind")} help={t("pipeline.entityHelp")}>
          {(props) => (
            <FieldInput
              {...props}
              field={kindField}
              value={kind}
              onChange={(next) => {
                setKind(next === null ? null : String(next));
                setId(null);
              }}
            />
          )}
        </LabelledField>
        {kind && (
          <LabelledField label={t("pipeline.entity")}>
            {(props) => (
              <FieldInput
                {...props}
                key={kind}
                field={{ name: "id", type: "reference", required: true, reference: kinds[kind] }}
                value={id}
                onChange={(next) => setId(typeof next === "number" ? next : null)}
              />
            )}
          </LabelledField>
        )}
      </div>
      <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
    </Dialog>
  );
}
