import type { Language } from "@ems/ui/i18n/language";

/** What the home page says below its title: apart from the other texts, since it is said before they are there. */
export const HEAD: Record<Language, { about: string; aboutAlone: string }> = {
  en: {
    about: "{{span}}, compared with {{base}}. Times are those of {{zone}}.",
    aboutAlone: "{{span}}. Times are those of {{zone}}.",
  },
  de: {
    about: "{{span}}, verglichen mit {{base}}. Zeiten gelten für {{zone}}.",
    aboutAlone: "{{span}}. Zeiten gelten für {{zone}}.",
  },
  zh: {
    about: "{{span}}，对比 {{base}}。时间为 {{zone}} 当地时间。",
    aboutAlone: "{{span}}。时间为 {{zone}} 当地时间。",
  },
};
