import { formatExact, useLocale } from "@ems/ui";
import { Form } from "antd";
import { useTranslation } from "react-i18next";
import type { Field } from "../model/description";
import type { Values } from "../model/values";
import { FieldInput, type FieldInputProps } from "./FieldInput";
import { LabelledField } from "./LabelledField";

function parsed(value: unknown): Values {
  try {
    const found: unknown = typeof value === "string" && value !== "" ? JSON.parse(value) : {};
    return typeof found === "object" && found !== null ? { ...found } : {};
  } catch {
    // A text that is no JSON was typed elsewhere; the inputs start anew.
    return {};
  }
}

function usePartName(): (part: Field) => string {
  const { t } = useTranslation("model");
  return (part) => t(`parameter.${part.name}`, { defaultValue: part.name.replaceAll("_", " ") });
}

/** JSON whose members depend on another field, as one input for each; what is empty keeps its default. */
export function PartsInput({ field, value, onChange, disabled }: FieldInputProps) {
  const { t } = useTranslation();
  const { t: tModel } = useTranslation("model");
  const locale = useLocale();
  const form = Form.useFormInstance<Values>();
  const chosen: unknown = Form.useWatch(field.parts_by ?? "", form);
  const nameOf = usePartName();
  const parts = field.parts?.[String(chosen)] ?? [];
  const values = parsed(value);
  const change = (name: string, next: unknown) => {
    const entries = Object.entries({ ...values, [name]: next }).filter(
      ([key, one]) => one !== null && one !== undefined && parts.some((part) => part.name === key),
    );
    onChange?.(entries.length > 0 ? JSON.stringify(Object.fromEntries(entries)) : null);
  };
  if (!chosen) return <p className="muted">{t("form.partsFirst")}</p>;
  if (parts.length === 0) return <p className="muted">{t("form.partsNone")}</p>;
  return (
    <div className="parts">
      {parts.map((part) => (
        <LabelledField
          key={part.name}
          label={nameOf(part)}
          help={t("form.standard", {
            value:
              part.type === "choice"
                ? tModel(`choice.${String(part.default)}`, { defaultValue: String(part.default) })
                : typeof part.default === "number"
                  ? formatExact(part.default, locale)
                  : String(part.default),
          })}
        >
          {(props) => (
            <FieldInput
              {...props}
              field={part}
              disabled={disabled}
              value={values[part.name] ?? null}
              onChange={(next) => change(part.name, next)}
            />
          )}
        </LabelledField>
      ))}
    </div>
  );
}
