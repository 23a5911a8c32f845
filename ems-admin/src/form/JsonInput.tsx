import { Button } from "@ems/ui";
import { Input } from "antd";
import { Braces } from "lucide-react";
import { useTranslation } from "react-i18next";
import { prettyJson } from "../model/values";
import type { FieldInputProps } from "./FieldInput";

/** JSON as text, told at once when it is none. */
export function JsonInput({ value, onChange, id, disabled }: FieldInputProps) {
  const { t } = useTranslation();
  const text = typeof value === "string" ? value : "";
  return (
    <div className="json">
      <Input.TextArea
        id={id}
        className="mono"
        disabled={disabled}
        spellCheck={false}
        autoSize={{ minRows: 3, maxRows: 20 }}
        status={isJson(text) ? undefined : "error"}
        value={text}
        onChange={(event) => onChange?.(event.target.value)}
      />
      <Button
        small
        tone="quiet"
        icon={<Braces size={14} />}
        disabled={disabled}
        onClick={() => onChange?.(prettyJson(text))}
      >
        {t("form.formatJson")}
      </Button>
    </div>
  );
}

/** Whether a text is JSON; nothing typed is fine. */
export function isJson(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
