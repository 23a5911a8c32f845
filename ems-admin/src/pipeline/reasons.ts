import { useTranslation } from "react-i18next";

/** Says why a stage has work, in the reader's language; what is not known stays as it was said. */
export function useReasonText(): (said: string) => string {
  const { t } = useTranslation();
  return (said) => t(`pipeline.reasons.${said}`, { defaultValue: said });
}
