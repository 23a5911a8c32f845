import { Button, describeError, Skeleton } from "@ems/ui";
import { Form } from "antd";
import { type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Cell } from "../model/Cell";
import type { Field, Resource } from "../model/description";
import { useNames } from "../model/names";
import {
  fieldOfError,
  type Item,
  initialValues,
  isSent,
  isWanted,
  toBody,
  type Values,
} from "../model/values";
import { ASIDES, OWN_INPUTS } from "../pages/extras";
import { FieldInput, type FieldInputProps } from "./FieldInput";
import { isJson } from "./JsonInput";

export interface ItemFormProps {
  resource: Resource;
  /** Null for a new item. */
  item: Item | null;
  presets?: Values;
  parentId?: string;
  /** Why nothing can be changed, or empty. */
  locked?: string;
  onSave: (body: Record<string, unknown>) => Promise<void>;
  onDirty: (isDirty: boolean) => void;
  extra?: ReactNode;
}

type Rule = NonNullable<React.ComponentProps<typeof Form.Item>["rules"]>[number];

function useRules(): (field: Field) => Rule[] {
  const { t } = useTranslation();
  return (field) => {
    const rules: Rule[] = [];
    const isNeeded = (field.required || field.required_if !== undefined) && field.type !== "boolean";
    if (isNeeded) rules.push({ required: true, message: t("form.required") });
    if (field.type === "json") {
      rules.push({
        validator: (_rule, value: unknown) =>
          isJson(typeof value === "string" ? value : "")
            ? Promise.resolve()
            : Promise.reject(new Error(t("form.notJson"))),
      });
    }
    if (field.exclusive_minimum !== undefined) {
      const least = field.exclusive_minimum;
      rules.push({
        validator: (_rule, value: unknown) =>
          typeof value === "number" && value <= least
            ? Promise.reject(new Error(t("form.above", { least })))
            : Promise.resolve(),
      });
    }
    return rules;
  };
}

/** The form of an item, drawn from its resource's description. */
export function ItemForm({
  resource,
  item,
  presets,
  parentId,
  locked = "",
  onSave,
  onDirty,
  extra,
}: ItemFormProps) {
  const { t } = useTranslation();
  const names = useNames();
  const [form] = Form.useForm<Values>();
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const rulesOf = useRules();
  const isNew = item === null;
  const sent = resource.fields.filter((field) => isSent(field, isNew));
  const shown = resource.fields.filter((field) => !isSent(field, isNew) && !isNew && !field.create_only);
  const values = Form.useWatch([], form) ?? {};
  const Aside = ASIDES[resource.name];

  const save = async (entered: Values) => {
    setBusy(true);
    setError("");
    try {
      await onSave(toBody(resource.fields, { ...initialValues(sent, item, presets), ...entered }, isNew));
      onDirty(false);
    } catch (failure) {
      const field = fieldOfError(failure, sent);
      const text = describeError(failure, t);
      if (field) {
        form.setFields([{ name: field.name, errors: [text] }]);
        form.scrollToField(field.name, { focus: true, block: "center" });
      } else setError(text);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <Form<Values>
        form={form}
        layout="vertical"
        className="item-form"
        requiredMark={(label, { required }) => (
          <>
            {label}
            {!required && <span className="optional">{t("form.optional")}</span>}
          </>
        )}
        initialValues={initialValues(sent, item, presets)}
        disabled={locked !== ""}
        scrollToFirstError={{ focus: true, block: "center" }}
        onFinish={(entered) => void save(entered)}
        onValuesChange={() => onDirty(true)}
      >
        {locked && <p className="banner">{locked}</p>}
        <div aria-live="polite">{error && <p className="banner banner--critical">{error}</p>}</div>
        {sent
          .filter((field) => isWanted(field, values as Values))
          .map((field) => (
            <Form.Item
              key={field.name}
              name={field.name}
              label={names.field(field, resource)}
              required={field.required || field.required_if !== undefined}
              rules={rulesOf(field)}
              extra={names.help(field, resource)}
              className={isWide(field) ? "item-form__wide" : ""}
            >
              <Input field={field} resource={resource} parentId={parentId} disabled={locked !== ""} />
            </Form.Item>
          ))}
        {shown.length > 0 && (
          <dl className="facts item-form__wide">
            {shown.map((field) => (
              <div key={field.name}>
                <dt>{names.field(field, resource)}</dt>
                <dd>{item && <Cell item={item} field={field} />}</dd>
              </div>
            ))}
          </dl>
        )}
        <div className="item-form__foot">
          {locked === "" && (
            <Button type="submit" tone="primary" disabled={isBusy}>
              {isNew ? t("form.create") : t("action.save")}
            </Button>
          )}
          {extra}
        </div>
      </Form>
      {Aside && (
        <Suspense fallback={<Skeleton height={120} />}>
          <Aside values={values as Values} />
        </Suspense>
      )}
    </>
  );
}

function isWide(field: Field): boolean {
  return field.type === "table" || field.type === "json" || field.multiline === true;
}

/** The input of a field: its own, where it has one, or that of its type. */
function Input({ resource, ...props }: FieldInputProps & { resource: Resource }) {
  const Own = OWN_INPUTS[`${resource.name}.${props.field.name}`];
  if (!Own) return <FieldInput {...props} />;
  return (
    <Suspense fallback={<Skeleton height={200} />}>
      <Own {...props} />
    </Suspense>
  );
}
