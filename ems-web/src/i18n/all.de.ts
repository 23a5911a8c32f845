import { de as ui } from "@ems/ui/i18n/de";
import { de as web } from "./de";

/** All texts of a language, by namespace. */
export const texts = { ui, web };
