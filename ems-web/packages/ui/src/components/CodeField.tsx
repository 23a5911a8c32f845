import { useTranslation } from "react-i18next";
import { Field } from "./Field";

/** A code of the authenticator, or one of the recovery codes. */
export function CodeField({ code, onCode }: { code: string; onCode: (code: string) => void }) {
  const { t } = useTranslation("ui");
  return (
    <Field
      label={t("signin.code")}
      name="code"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      autoFocus
      required
      value={code}
      onChange={(event) => onCode(event.target.value)}
    />
  );
}
