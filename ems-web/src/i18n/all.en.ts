import { en as ui } from "@ems/ui/i18n/en";
import { en as web } from "./en";

/** All texts of a language, by namespace. */
export const texts = { ui, web };
