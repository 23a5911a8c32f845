import { formatSpan } from "@ems/ui/format/date";
import { firstLanguage, type Language, localeOf } from "@ems/ui/i18n/language";
import { DAY } from "@ems/ui/time/local";
import { HEAD } from "../i18n/head";
import type { FirstTime, FirstView } from "./early";

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
}

/** What the home page says below its title; it says the same when it is there. */
export function aboutText(language: Language, { site, period }: FirstTime): string {
  const { about, aboutAlone } = HEAD[language];
  const locale = localeOf(language);
  return fill(period.base ? about : aboutAlone, {
    span: formatSpan(period.span, locale),
    base: period.base ? formatSpan(period.base, locale) : "",
    zone: site.timeZone,
  });
}

/** The first date that a browser writes takes it long: one is written while the answers are under way. */
export function warmUp(): void {
  formatSpan({ start: 0, end: DAY }, localeOf(firstLanguage()));
}

/** Write into the document's frame, unless the page itself has already taken its place. */
function write(className: string, text: string): void {
  const place = document.querySelector<HTMLElement>(`.${className}`);
  if (!place) return;
  place.textContent = text;
  place.classList.remove("skeleton");
}

function painted(): Promise<void> {
  // Nothing is painted in a tab that is not looked at.
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

/** Write the head of the home page into the document's frame; resolves when its sentence is painted. */
export async function writeHead({ when, space }: FirstView): Promise<void> {
  void space.then((found) => found && write("boot__title", found.name));
  const time = await when;
  if (!time) return;
  write("boot__sub", aboutText(firstLanguage(), time));
  await painted();
}
