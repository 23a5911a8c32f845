import { Button, IconButton } from "@ems/ui";
import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNames } from "../model/names";
import { initialValues, type Values } from "../model/values";
import { ScrollRegion } from "../pages/ScrollRegion";
import { FieldInput, type FieldInputProps } from "./FieldInput";

/** Rows that belong to an item and are saved with it: tariff slots, variables of a formula. */
export function TableInput({ field, value, onChange, disabled, parentId }: FieldInputProps) {
  const { t } = useTranslation();
  const names = useNames();
  const columns = field.fields ?? [];
  const rows = Array.isArray(value) ? (value as Values[]) : [];
  const change = (index: number, name: string, next: unknown) =>
    onChange?.(rows.map((row, i) => (i === index ? { ...row, [name]: next } : row)));
  return (
    <div className="rows">
      <ScrollRegion label={names.field(field)} className="rows__scroll">
        <table className="tbl rows__table">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.name} scope="col">
                  {names.field(column)}
                </th>
              ))}
              <th scope="col">
                <span className="vh">{t("form.rowActions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {columns.map((column) => (
                  <td key={column.name}>
                    <FieldInput
                      field={column}
                      parentId={parentId}
                      disabled={disabled || column.read_only}
                      aria-label={`${names.field(column)} ${index + 1}`}
                      value={row[column.name]}
                      onChange={(next) => change(index, column.name, next)}
                    />
                  </td>
                ))}
                <td>
                  <IconButton
                    label={t("form.removeRow", { number: index + 1 })}
                    icon={<Trash2 size={16} />}
                    disabled={disabled}
                    onClick={() => onChange?.(rows.filter((_, i) => i !== index))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <Button
        small
        icon={<Plus size={14} />}
        disabled={disabled}
        onClick={() => onChange?.([...rows, initialValues(columns, null)])}
      >
        {t("form.addRow")}
      </Button>
    </div>
  );
}
