import { formatAxis, formatBucket, useLocale } from "@ems/ui";
import { LiveChart } from "@ems/ui/chart";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Balance } from "./MeterBalance";

/** The shortest day of a year, when clocks go forward. */
const WHOLE_DAY_MS = 23 * 3_600_000;

/** Whether a day is over and was asked for from its start; parts of a day would be drawn as falls. */
function isWhole(value: { start: string; end: string }): boolean {
  return Date.parse(value.end) - Date.parse(value.start) >= WHOLE_DAY_MS;
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

/** Master and submeters by whole days. */
export default function BalanceChart({ balance }: { balance: Balance }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const series = useMemo(() => {
    const points = (of: "master" | "submeters") =>
      balance.values
        .filter(isWhole)
        .map((value) => [Date.parse(`${value.start.slice(0, 19)}Z`), value[of]] as const);
    return [
      { name: t("balance.master"), color: "var(--accent)", points: points("master") },
      { name: t("balance.submeters"), color: "var(--battery)", points: points("submeters") },
    ];
  }, [balance, t]);
  return (
    <LiveChart
      label={t("balance.chart", { name: balance.meter.name })}
      series={series}
      unit={balance.meter.unit}
      height={260}
      limit={null}
      formatTime={(ms) => formatBucket(stamp(ms), "daily", locale)}
      formatTick={(ms) => formatAxis(stamp(ms), "daily", locale)}
    />
  );
}
