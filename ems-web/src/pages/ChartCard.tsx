import { Card, Segmented } from "@ems/ui";
import { ChartColumn, Table2 } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

export type Look = "chart" | "table";

/** `t` flips between chart and table. */
export function useTableKey(flip: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isTyping = ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
      if (event.key === "t" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) flip();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}

/** Switch between a chart and the table behind it. */
export function LookSwitch({ look, onChange }: { look: Look; onChange: (look: Look) => void }) {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t("report.look")}
      value={look}
      options={[
        {
          value: "chart",
          label: <ChartColumn size={16} aria-label={t("chart.chart")} />,
          hint: t("chart.chart"),
        },
        {
          value: "table",
          label: <Table2 size={16} aria-label={t("chart.table")} />,
          hint: `${t("chart.table")} (t)`,
        },
      ]}
      onChange={onChange}
    />
  );
}

export interface ChartCardProps {
  title: ReactNode;
  sub?: ReactNode;
  look: Look;
  onLook: (look: Look) => void;
  tools?: ReactNode;
  busy?: boolean;
  chart: ReactNode;
  table: ReactNode;
  span?: 6 | 8 | 12;
}

/** A chart with the table behind it one press away. */
export function ChartCard({ title, sub, look, onLook, tools, busy, chart, table, span }: ChartCardProps) {
  return (
    <Card
      title={title}
      sub={sub}
      busy={busy}
      span={span}
      flush={look === "table"}
      actions={
        <div className="card__tools">
          {tools}
          <LookSwitch look={look} onChange={onLook} />
        </div>
      }
    >
      {look === "table" ? table : chart}
    </Card>
  );
}
