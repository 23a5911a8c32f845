import { formatExactWithUnit, formatNumber, formatPercent, formatWithUnit, NO_DATA } from "@ems/ui";
import type { LoopWords } from "../i18n/loop.en";
import type { ChannelValue, Controller } from "./edge";

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** What a number is converted by to the unit that people read, for units that nobody does. */
export const READABLE: Record<string, readonly [factor: number, unit: string]> = {
  W: [1e-3, "kW"],
  Wh: [1e-3, "kWh"],
  "W/s": [1e-3, "kW/s"],
  var: [1e-3, "kvar"],
  "0.1 degC": [0.1, "°C"],
  degC: [1, "°C"],
};

/** Numbers whose unit does not tell what they are. */
const MOMENTS = new Set(["LastTriggeredTime", "StartEpochSeconds", "ExpectedStartEpochSeconds"]);
const RATIOS = new Set(["PowerShare", "RestrictionFactor"]);

/** What the texts of values need besides the value. */
export interface Reader {
  words: LoopWords;
  locale: string;
  timeZone: string;
  currency: string;
  yes: string;
  no: string;
}

function duration(seconds: number, locale: string): string {
  const part = (value: number, unit: "hour" | "minute" | "second") =>
    new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 0 }).format(value);
  const [hours, minutes] = [Math.floor(seconds / HOUR_S), Math.floor((seconds % HOUR_S) / MINUTE_S)];
  if (hours > 0) return `${part(hours, "hour")} ${part(minutes, "minute")}`;
  return minutes > 0 ? part(minutes, "minute") : part(seconds, "second");
}

function timeOfDay(seconds: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: "UTC", hourCycle: "h23" }).format(
    seconds * 1000,
  );
}

function moment(seconds: number, { locale, timeZone }: Reader): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone }).format(
    seconds * 1000,
  );
}

function numberText(name: string, value: number, unit: string, reader: Reader): string {
  const { locale, currency } = reader;
  if (MOMENTS.has(name)) return moment(value, reader);
  if (name.endsWith("OfDay") && unit === "s") return timeOfDay(value, locale);
  if (unit === "min") return timeOfDay(value * MINUTE_S, locale);
  if (unit === "s") return duration(value, locale);
  if (unit === "%") return formatPercent(value / 100, locale);
  if (RATIOS.has(name)) return formatPercent(value, locale);
  if (unit === "money/MWh") return formatExactWithUnit(value, currency ? `${currency}/MWh` : "/MWh", locale);
  const [factor, readable] = READABLE[unit] ?? [1, unit];
  return readable ? formatWithUnit(value * factor, readable, locale) : formatNumber(value, locale);
}

/** A value of a controller as its reader says it: states by name, numbers with their unit. */
export function channelText(
  controller: Controller,
  name: string,
  value: ChannelValue,
  reader: Reader,
): string {
  if (typeof value === "boolean") return value ? reader.yes : reader.no;
  if (typeof value === "string") return reader.words.states[value] ?? value;
  if (value === null) return NO_DATA;
  return numberText(name, value, controller.units?.[name] ?? "", reader);
}
