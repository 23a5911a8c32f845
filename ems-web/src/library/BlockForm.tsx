import { Field } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { SHOWN, type Shown } from "./api";
import { BLOCK_REPORTS, type EditedBlock } from "./blocks";
import { SelectField } from "./SelectField";
import { WhatFields } from "./WhatFields";

/** Tables that reports' documents have; a report without the chosen one shows nothing of it. */
const TABLES = ["", "summary", "details", "time_of_use", "members", "parameters"] as const;

function ShownFields({ shown, onChange }: { shown: readonly Shown[]; onChange: (shown: Shown[]) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className="checks">
      <legend className="field__label">{t("library.show")}</legend>
      {SHOWN.map((one) => (
        <label key={one}>
          <input
            type="checkbox"
            checked={shown.includes(one)}
            // A block that shows nothing is none.
            disabled={shown.length === 1 && shown[0] === one}
            onChange={(event) =>
              onChange(SHOWN.filter((each) => (each === one ? event.target.checked : shown.includes(each))))
            }
          />
          {t(`library.shown.${one}`)}
        </label>
      ))}
    </fieldset>
  );
}

/** What a block is about. */
export function BlockForm({
  block,
  onChange,
}: {
  block: EditedBlock;
  onChange: (block: EditedBlock) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="block-form">
      <Field
        label={t("library.blockTitle")}
        value={block.title}
        placeholder={block.report ? t("library.ownTitle") : ""}
        onChange={(event) => onChange({ ...block, title: event.target.value })}
      />
      <label className="field">
        <span className="field__label">{t("library.text")}</span>
        <textarea
          className="input"
          rows={block.report ? 2 : 6}
          required={!block.report}
          value={block.text}
          onChange={(event) => onChange({ ...block, text: event.target.value })}
        />
      </label>
      {block.report && (
        <>
          <WhatFields
            draft={block.report}
            reports={BLOCK_REPORTS}
            otherPeriod={t("library.documentPeriod")}
            onChange={(report) => onChange({ ...block, report })}
          />
          <ShownFields shown={block.show} onChange={(show) => onChange({ ...block, show })} />
          {block.show.some((one) => one !== "kpi") && (
            <SelectField
              label={t("library.table")}
              value={block.table}
              options={TABLES.map((value) => ({ value, text: t(`library.tables.${value || "all"}`) }))}
              onChange={(table) => onChange({ ...block, table })}
            />
          )}
        </>
      )}
    </div>
  );
}
