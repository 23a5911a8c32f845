import { api, apiLanguage, Button, Card, formatSpan, useLocale } from "@ems/ui";
import { FileDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useView } from "../state/view";
import { JOBS, useAct } from "./api";
import { type Draft, FILE_LANGUAGES, FORMS, type Form, type Order, toWanted } from "./orders";
import { SelectField } from "./SelectField";
import { useFirstItem, WhatFields } from "./WhatFields";

export interface FileChoice {
  form: string;
  language: string;
}

export interface FormFieldsProps {
  file: FileChoice;
  onChange: (file: FileChoice) => void;
  forms?: readonly Form[];
}

/** As which file, in which language. */
export function FileFields({ file, onChange, forms = FORMS }: FormFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <SelectField
        label={t("library.form")}
        value={file.form}
        options={forms.map((form) => ({ value: form, text: `${t(`library.forms.${form}`)}` }))}
        onChange={(form) => onChange({ ...file, form })}
      />
      <SelectField
        label={t("library.language")}
        value={file.language}
        options={Object.entries(FILE_LANGUAGES).map(([value, text]) => ({ value, text }))}
        onChange={(language) => onChange({ ...file, language })}
      />
    </>
  );
}

/** Order any report of anything, for any period, as a file. */
export function OrderCard() {
  const { t } = useTranslation();
  const locale = useLocale();
  const view = useView();
  const act = useAct(JOBS);
  const [isBusy, setBusy] = useState(false);
  const [given, setDraft] = useState<Draft>({
    kind: "energycategory",
    entity: "space",
    id: 0,
    period: "view",
    compare: "previous",
  });
  const ofSpace = given.entity === "space" && given.id === 0 ? { ...given, id: view.spaceId ?? 0 } : given;
  const { draft } = useFirstItem(ofSpace);
  const [file, setFile] = useState<FileChoice>({ form: "pdf", language: apiLanguage() });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const order: Order = { ...toWanted(draft, view), ...file };
    await act(() => api.post(JOBS, order), t("library.ordered"));
    setBusy(false);
  };
  return (
    <Card title={t("library.order")} sub={t("library.orderSub")}>
      <form className="order" onSubmit={(event) => void submit(event)}>
        <WhatFields
          draft={ofSpace}
          onChange={setDraft}
          otherPeriod={t("library.viewPeriod", { span: formatSpan(view.span, locale) })}
        />
        <FileFields file={file} onChange={setFile} />
        <Button
          type="submit"
          tone="primary"
          icon={<FileDown size={16} />}
          disabled={isBusy || draft.id === 0}
        >
          {t("library.make")}
        </Button>
      </form>
    </Card>
  );
}
