import { formatWithUnit } from "@ems/ui";

/** What a battery does: devices count power that it takes as negative, which says nothing to a reader. */
export function batteryText(
  power: number | null,
  unit: string,
  locale: string,
  t: (key: string, values: { power: string }) => string,
): string {
  const shown = formatWithUnit(power === null ? null : Math.abs(power), unit, locale);
  if (!power) return shown;
  return t(power < 0 ? "singleLine.charging" : "singleLine.discharging", { power: shown });
}
