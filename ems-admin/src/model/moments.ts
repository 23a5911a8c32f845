import { api, formatAge, NO_DATA, useLocale } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

interface SiteAnswer {
  name: string;
  time_zone: string;
  currency: string;
}

/** The zone of the site; the browser's until it is known. */
export function useSiteZone(): string {
  const query = useQuery({
    queryKey: ["site"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get<SiteAnswer>("/v1/site", { signal }),
  });
  return query.data?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const HAS_OFFSET = /(?:Z|[+-]\d\d:?\d\d)$/;

export interface Moments {
  /** Day and time with seconds of an ISO instant. */
  full: (iso: string | null | undefined) => string;
  /** Day and time without seconds. */
  short: (iso: string | null | undefined) => string;
  /** Day, time and zone of what a list holds: an instant, or a wall clock of the site. */
  zoned: (iso: string) => string;
  /** "3 min ago" */
  age: (iso: string, nowMs: number) => string;
  /** "about 3 min" */
  duration: (seconds: number) => string;
}

/** Instants as people at the site read them. */
export function useMoments(): Moments {
  const locale = useLocale();
  const zone = useSiteZone();
  return useMemo(() => {
    const shown = {
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
    } as const;
    const make = (more: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(locale, { ...shown, ...more, hourCycle: "h23", timeZone: zone });
    const full = make({ second: "2-digit" });
    const short = make({});
    const zoneOf = make({ timeZoneName: "short" });
    // A wall clock is shown as it stands: which instant it is, only the site's zone knows.
    const wall = new Intl.DateTimeFormat(locale, { ...shown, hourCycle: "h23", timeZone: "UTC" });
    // The zone stands last in every language; some would put it between the day and the time.
    const zoned = (time: Date) => {
      const name = zoneOf.formatToParts(time).find((part) => part.type === "timeZoneName")?.value ?? "";
      return `${short.format(time)} ${name}`;
    };
    const show = (format: Intl.DateTimeFormat) => (iso: string | null | undefined) =>
      iso ? format.format(new Date(iso)) : NO_DATA;
    return {
      full: show(full),
      short: show(short),
      zoned: (iso) => (HAS_OFFSET.test(iso) ? zoned(new Date(iso)) : wall.format(new Date(`${iso}Z`))),
      age: (iso, nowMs) => formatAge(nowMs - Date.parse(iso), locale),
      duration: (seconds) => formatDuration(seconds, locale),
    };
  }, [locale, zone]);
}

/** A calendar day, such as "2026-11-22", as the reader writes it. */
export function formatDay(iso: string, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  return format.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));
}

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** A length of time in its largest sensible unit: "45 sec", "3 min", "2.5 hr"; nothing takes less than a second. */
export function formatDuration(seconds: number, locale: string): string {
  const [value, unit] =
    seconds < 2 * MINUTE_S
      ? [Math.max(1, Math.round(seconds)), "second"]
      : seconds < 2 * HOUR_S
        ? [Math.round(seconds / MINUTE_S), "minute"]
        : [Math.round(seconds / (HOUR_S / 10)) / 10, "hour"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(value);
}

const DAY_MS = 86_400_000;

/** The last so many days as a query of `/v1`. */
export function lastDays(days: number, nowMs: number): { start: string; end: string } {
  return { start: new Date(nowMs - days * DAY_MS).toISOString(), end: new Date(nowMs).toISOString() };
}
