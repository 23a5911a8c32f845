import { formatAxis, formatBucket, useLocale } from "@ems/ui";
import { LiveChart } from "@ems/ui/chart";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Balance } from "./MeterBalance";

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

/** Master and submeters day by day. */
export default function BalanceChart({ balance }: { balance: Balance }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const series = useMemo(() => {
    const points = (of: "master" | "submeters") =>
      balance.values.map((value) => [Date.parse(`${value.start.slice(0, 19)}Z`), value[of]] as const);
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
