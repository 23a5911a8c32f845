import { formatSpan } from "@ems/ui/format/date";
import { firstLanguage, localeOf } from "@ems/ui/i18n/language";
import type { loadTexts } from "../i18n/load";
import type { FirstView } from "./early";

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
}

/** What the home page says below its title; it says the same when it is there. */
export function aboutText(
  texts: Awaited<ReturnType<typeof loadTexts>>,
  { site, period }: FirstView,
  locale: string,
): string {
  const { about, aboutAlone } = texts.web.home;
  return fill(period.base ? about : aboutAlone, {
    span: formatSpan(period.span, locale),
    base: period.base ? formatSpan(period.base, locale) : "",
    zone: site.timeZone,
  });
}

/** Write the head of the home page into the document's frame, before the page's own code is there. */
export async function writeHead(
  texts: ReturnType<typeof loadTexts>,
  view: Promise<FirstView | null>,
): Promise<void> {
  const [known, found] = await Promise.all([texts, view]);
  const title = document.querySelector<HTMLElement>(".boot__title");
  const sub = document.querySelector<HTMLElement>(".boot__sub");
  // The page itself may have been quicker.
  if (!found || !title || !sub) return;
  title.textContent = found.space.name;
  title.classList.remove("skeleton");
  sub.textContent = aboutText(known, found, localeOf(firstLanguage()));
}
