import { currentLanguage, type Language, useLocale } from "@ems/ui";
import { DatePicker, Input, InputNumber, Select, Switch, TimePicker } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import "dayjs/locale/de";
import "dayjs/locale/en-gb";
import "dayjs/locale/zh-cn";
import customParseFormat from "dayjs/plugin/customParseFormat";
import type { Field } from "../model/description";
import { useNames } from "../model/names";
import { JsonInput } from "./JsonInput";
import { PartsInput } from "./PartsInput";
import { ReferenceSelect } from "./ReferenceSelect";
import { TableInput } from "./TableInput";

dayjs.extend(customParseFormat);

/** Formats of the API for moments; times of day may come without the leading zero. */
const FORMATS = { datetime: "YYYY-MM-DDTHH:mm:ss", date: "YYYY-MM-DD", time: "HH:mm:ss" } as const;
/** How days are written in each language; what is typed may also be ISO. */
const DAYS: Record<Language, string> = { en: "DD/MM/YYYY", de: "DD.MM.YYYY", zh: "YYYY-MM-DD" };
const CLOCK = "HH:mm:ss";
const LOOSE_TIME = ["HH:mm:ss", "H:mm:ss", "HH:mm"];

export interface FieldInputProps {
  field: Field;
  value?: unknown;
  onChange?: (value: unknown) => void;
  id?: string;
  disabled?: boolean;
  parentId?: string;
  "aria-label"?: string;
}

function toMoment(value: unknown, type: keyof typeof FORMATS): Dayjs | null {
  if (typeof value !== "string" || value === "") return null;
  const moment = type === "time" ? dayjs(value, LOOSE_TIME) : dayjs(value);
  return moment.isValid() ? moment : null;
}

function MomentInput({ field, value, onChange, ...rest }: FieldInputProps) {
  const type = field.type === "time" || field.type === "date" ? field.type : "datetime";
  const shared = {
    ...rest,
    allowClear: !field.required,
    className: "full",
    value: toMoment(value, type),
    onChange: (moment: Dayjs | Dayjs[] | null) => {
      const one = Array.isArray(moment) ? moment[0] : moment;
      onChange?.(one ? one.format(FORMATS[type]) : null);
    },
  };
  if (type === "time") return <TimePicker {...shared} />;
  const clock = type === "datetime" ? ` ${CLOCK}` : "";
  const format = [DAYS[currentLanguage()], "YYYY-MM-DD"].map((day) => day + clock);
  return <DatePicker {...shared} format={format} showTime={type === "datetime"} />;
}

function TextInput({ field, value, onChange, ...rest }: FieldInputProps) {
  const shared = {
    ...rest,
    value: typeof value === "string" ? value : value === null || value === undefined ? "" : String(value),
    maxLength: field.max_length,
    onChange: (event: { target: { value: string } }) => onChange?.(event.target.value),
  };
  if (field.multiline) return <Input.TextArea {...shared} autoSize={{ minRows: 3, maxRows: 14 }} />;
  if (field.type === "secret") return <Input.Password {...shared} autoComplete="new-password" />;
  return <Input {...shared} autoComplete="off" />;
}

/** The sign before the decimals: a price of "0,1421" is one in German. */
function decimalSign(locale: string): string | undefined {
  const parts = new Intl.NumberFormat(locale).formatToParts(0.1);
  return parts.find((part) => part.type === "decimal")?.value;
}

function NumberInput({ field, value, onChange, ...rest }: FieldInputProps) {
  const locale = useLocale();
  return (
    <InputNumber<number>
      {...rest}
      className="full"
      decimalSeparator={decimalSign(locale)}
      suffix={field.unit}
      min={field.minimum}
      max={field.maximum}
      precision={field.type === "integer" ? 0 : undefined}
      value={typeof value === "number" ? value : null}
      onChange={(next) => onChange?.(next)}
    />
  );
}

function ChoiceInput({ field, value, onChange, ...rest }: FieldInputProps) {
  const names = useNames();
  return (
    <Select
      {...rest}
      allowClear={!field.required}
      value={value === null ? undefined : value}
      onChange={(next: unknown) => onChange?.(next ?? null)}
      options={(field.choices ?? []).map((choice) => ({
        value: choice,
        label: names.choice(field, choice),
      }))}
    />
  );
}

/** The input that fits the type of a field. */
export function FieldInput(props: FieldInputProps) {
  const { field, value, onChange } = props;
  switch (field.type) {
    case "number":
    case "integer":
      return <NumberInput {...props} />;
    case "boolean":
      return (
        <Switch
          id={props.id}
          disabled={props.disabled}
          aria-label={props["aria-label"]}
          checked={value === true || value === 1}
          onChange={onChange}
        />
      );
    case "datetime":
    case "date":
    case "time":
      return <MomentInput {...props} />;
    case "choice":
      return <ChoiceInput {...props} />;
    case "reference":
      return <ReferenceSelect {...props} />;
    case "json":
      return field.parts ? <PartsInput {...props} /> : <JsonInput {...props} />;
    case "table":
      return <TableInput {...props} />;
    default:
      return <TextInput {...props} />;
  }
}
