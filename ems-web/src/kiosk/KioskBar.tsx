import { Brand, Button, formatClock, useLocale } from "@ems/ui";
import { Maximize, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { LiveBadge } from "../shell/LiveBadge";
import { useLocalNow, useSite } from "../state/site";
import { kiosk, type Show } from "./store";

const SECOND_MS = 1_000;

/** Turn to the next page every so often; a hidden tab waits. */
function useRotation(show: Show): { index: number; left: number } {
  const navigate = useNavigate();
  const [index, setIndex] = useState(0);
  const [left, setLeft] = useState(show.everySeconds);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setLeft((before) => before - 1);
    }, SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left > 0) return;
    const next = (index + 1) % show.pages.length;
    setIndex(next);
    setLeft(show.everySeconds);
    void navigate(show.pages[next] ?? "/", { replace: true });
  }, [left, index, show, navigate]);
  return { index, left };
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
  const { index, left } = useRotation(show);
  useWakeLock();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !document.fullscreenElement) kiosk.stop();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <header className="kiosk">
      <Brand />
      <strong>{site.name}</strong>
      <span className="kiosk__clock">{formatClock(now, locale).slice(0, 5)}</span>
      <span className="top__space" />
      <LiveBadge />
      <span className="muted">
        {index + 1}/{show.pages.length}
      </span>
      <progress max={show.everySeconds} value={show.everySeconds - left} aria-label={t("kiosk.next")} />
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
