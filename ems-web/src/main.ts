/** The begin of a visit: what the first page needs is asked for before the page's own code is there. */
import "@ems/ui/styles.css";
import "./shell/shell.css";
import "./flow/flow.css";
import "./pages/more.css";
import "./pages/pages.css";
import "./pages/screens.css";
import "./print.css";
import { firstLanguage } from "@ems/ui/i18n/language";
import { sessionStore } from "@ems/ui/session/store";
import { keptChoice, markTheme, themeOf } from "@ems/ui/theme/choice";
import { askForFirstPage } from "./boot/early";
import { warmUp, writeHead } from "./boot/head";
import { loadTexts } from "./i18n/load";

markTheme(themeOf(keptChoice()));
// The frame of the pages, drawn by the document itself, is for those who are signed in.
document.documentElement.toggleAttribute("data-signed-in", sessionStore.get().user !== null);

/**
 * The head is on the screen in this time, or not worth waiting for. Even a slow machine has it sooner than it would
 * have compiled the page's code, which would keep it from painting.
 */
const LONGEST_WAIT_MS = 1_500;

/** The page's own code keeps the browser busy for long: what is known already is painted before it runs. */
async function begin(): Promise<void> {
  const view = askForFirstPage();
  void loadTexts(firstLanguage());
  if (view) {
    warmUp();
    const wait = new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS));
    await Promise.race([writeHead(view), wait]);
  }
  const { start } = await import("./start");
  await start();
}

void begin();
