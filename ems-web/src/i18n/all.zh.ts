import { zh as ui } from "@ems/ui/i18n/zh";
import { zh as web } from "./zh";

/** All texts of a language, by namespace. */
export const texts = { ui, web };
