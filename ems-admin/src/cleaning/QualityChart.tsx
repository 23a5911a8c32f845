import { formatAxis, formatBucket, useLocale, wallClock } from "@ems/ui";
import { LiveChart } from "@ems/ui/chart";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSiteZone } from "../model/moments";
import type { Preview } from "./api";

const HEIGHT_PX = 300;

const DAY_MS = 86_400_000;

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

/** Readings of a point over time; flagged ones and estimates stand out. */
export default function QualityChart({ preview, unit }: { preview: Preview; unit: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const zone = useSiteZone();
  const series = useMemo(() => {
    const at = (utc: string) => wallClock(Date.parse(utc), zone);
    const bad = preview.verdicts.filter((verdict) => verdict.is_bad);
    const noted = preview.verdicts.filter((verdict) => !verdict.is_bad);
    const dots = (items: readonly { utc: string; value: number }[]) =>
      items.map((item) => [at(item.utc), item.value] as const);
    return [
      { name: t("quality.readings"), color: "var(--accent)", points: dots(preview.shown) },
      { name: t("quality.flagged"), color: "var(--critical)", points: dots(bad), dots: true },
      { name: t("quality.noted"), color: "var(--warning-mark)", points: dots(noted), dots: true },
      { name: t("quality.estimated"), color: "var(--battery)", points: dots(preview.estimates), dots: true },
    ].filter((one) => one.points.length > 0);
  }, [preview, zone, t]);
  return (
    <LiveChart
      label={t("quality.chart", { readings: preview.readings, bad: preview.bad })}
      series={series}
      unit={unit}
      height={HEIGHT_PX}
      limit={null}
      fromZero={preview.kind !== "energy"}
      formatTime={(ms) => formatBucket(stamp(ms), "hourly", locale)}
      formatTick={(ms) => formatAxis(stamp(ms), ms % DAY_MS === 0 ? "daily" : "hourly", locale)}
    />
  );
}
