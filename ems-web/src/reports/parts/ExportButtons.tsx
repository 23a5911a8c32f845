import { Button, describeError, toasts } from "@ems/ui";
import { Download, FileSpreadsheet } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { download, toCsv } from "../export";
import type { ReportSeries } from "../model";
import { fetchExcel, type ReportRequest } from "../query";

const XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** The report as a file: what is shown as CSV, the whole as the API's Excel. */
export function ExportButtons({
  series,
  request,
}: {
  series: readonly ReportSeries[];
  request: ReportRequest;
}) {
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const name = `${request.entity}-${request.report.kind}-${request.id}`;
  const excel = async () => {
    setBusy(true);
    try {
      const bytes = await fetchExcel(request);
      if (bytes) download(`${name}.xlsx`, bytes, XLSX_TYPE);
      else toasts.show(t("report.noExcel"));
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button
        small
        icon={<Download size={14} />}
        onClick={() =>
          download(`${name}.csv`, toCsv(series, t("chart.time"), t("chart.comparison")), "text/csv")
        }
      >
        CSV
      </Button>
      <Button small icon={<FileSpreadsheet size={14} />} disabled={isBusy} onClick={() => void excel()}>
        Excel
      </Button>
    </>
  );
}
