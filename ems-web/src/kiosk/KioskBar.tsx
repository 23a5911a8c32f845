import { Brand, Button, formatClock, useLocale } from "@ems/ui";
import { Maximize, X } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { LiveBadge } from "../shell/LiveBadge";
import { useLocalNow, useSite } from "../state/site";
import { secondsEach, stopsOf } from "./stops";
import { kiosk, type Show } from "./store";

const SECOND_MS = 1_000;

/** What a step begins with keeps this distance from the bar [px]. */
const MARGIN_PX = 16;
const PARTS = "#main .page__head, #main .card";

/** How far the page that is shown is scrolled, step by step. */
function currentStops(bar: HTMLElement | null): number[] {
  const taken = bar?.getBoundingClientRect().height ?? 0;
  const boxes = [...document.querySelectorAll(PARTS)].map((part) => {
    const { top, bottom } = part.getBoundingClientRect();
    return { top: top + window.scrollY - taken, bottom: bottom + window.scrollY - taken };
  });
  const { scrollHeight } = document.documentElement;
  return stopsOf(boxes, window.innerHeight - taken, scrollHeight - taken, MARGIN_PX);
}

function scrollTo(top: number): void {
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (Math.abs(window.scrollY - top) > 1) window.scrollTo({ top, behavior: isCalm ? "instant" : "smooth" });
}

interface Turn {
  /** Which page is shown. */
  index: number;
  /** How long it has been [s]. */
  shownS: number;
  /** How long it is [s]. */
  wholeS: number;
  /** How far it is scrolled [px]. */
  top: number;
}

/** Show each page, screen by screen, and turn to the next; a hidden tab waits. */
function useRotation(show: Show, bar: RefObject<HTMLElement | null>): Turn {
  const navigate = useNavigate();
  const [turn, setTurn] = useState<Turn>({ index: 0, shownS: 0, wholeS: show.everySeconds, top: 0 });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden) return;
      // What comes later makes a page longer, so it is measured anew each time.
      const stops = currentStops(bar.current);
      const eachS = secondsEach(show.everySeconds, stops.length);
      setTurn(({ index, shownS }) => {
        const wholeS = eachS * stops.length;
        if (shownS + 1 >= wholeS)
          return { index: (index + 1) % show.pages.length, shownS: 0, wholeS, top: 0 };
        const top = stops[Math.floor((shownS + 1) / eachS)] ?? 0;
        return { index, shownS: shownS + 1, wholeS, top };
      });
    }, SECOND_MS);
    return () => clearInterval(timer);
  }, [show, bar]);
  const { index, top } = turn;
  useEffect(() => scrollTo(top), [top]);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) {
      window.scrollTo(0, 0);
      void navigate(show.pages[index] ?? "/", { replace: true });
    }
    first.current = false;
  }, [index, show, navigate]);
  return turn;
}

/** Keep the screen on while it is shown. */
function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    // Without the right to do so the screen follows the settings of the machine.
    const hold = () =>
      navigator.wakeLock?.request("screen").then(
        (got) => {
          lock = got;
        },
        () => undefined,
      );
    void hold();
    return () => void lock?.release();
  }, []);
}

/** The narrow bar of a wall screen in the place of navigation and pickers. */
export function KioskBar({ show }: { show: Show }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const site = useSite();
  const now = useLocalNow();
  const bar = useRef<HTMLElement>(null);
  const { index, shownS, wholeS } = useRotation(show, bar);
  useWakeLock();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !document.fullscreenElement) kiosk.stop();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <header className="kiosk" ref={bar}>
      <Brand />
      <strong>{site.name}</strong>
      <span className="kiosk__clock">{formatClock(now, locale).slice(0, 5)}</span>
      <span className="top__space" />
      <LiveBadge />
      <span className="muted">
        {index + 1}/{show.pages.length}
      </span>
      <progress max={wholeS} value={shownS} aria-label={t("kiosk.next")} />
      <Button
        small
        icon={<Maximize size={14} />}
        onClick={() => void document.documentElement.requestFullscreen()}
      >
        {t("kiosk.full")}
      </Button>
      <Button small icon={<X size={14} />} onClick={() => kiosk.stop()}>
        {t("kiosk.end")}
      </Button>
    </header>
  );
}
