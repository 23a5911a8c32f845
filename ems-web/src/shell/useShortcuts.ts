import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { useViewPath } from "../state/ViewLink";
import { stepped, useView } from "../state/view";
import { KEYED_PLACES } from "./navigation";

const CHORD_MS = 900;

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Whether a key press is meant for the page: not typed into something, no modifier, no dialog open. */
function isShortcut(event: KeyboardEvent): boolean {
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
  return !hasModifier && !isTyping(event) && !document.querySelector("dialog[open]");
}

/** Keys of every page: `/` or Ctrl-K search, `g` + letter goes somewhere, `[` `]` step the period. */
export function useShortcuts(openPalette: () => void, openHelp: () => void): void {
  const navigate = useNavigate();
  const path = useViewPath();
  const view = useView();
  const { span, change, now } = view;
  const chordAt = useRef(0);
  const handler = useRef<(event: KeyboardEvent) => void>(() => undefined);

  handler.current = (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (!isShortcut(event)) return;
    if (Date.now() - chordAt.current < CHORD_MS) {
      chordAt.current = 0;
      const place = KEYED_PLACES.find((p) => p.shortcut === event.key);
      if (place) void navigate(path(place.to));
      return;
    }
    const actions: Record<string, () => void> = {
      "/": openPalette,
      "?": openHelp,
      g: () => {
        chordAt.current = Date.now();
      },
      "[": () => change(stepped(view, -1)),
      "]": () => {
        if (span.end <= now) change(stepped(view, 1));
      },
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  useEffect(() => {
    const listener = (event: KeyboardEvent) => handler.current(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}
