import { Button, Dialog } from "@ems/ui";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";

/** Asks before unsaved input is left behind; answers the dialog to render. */
export function useUnsaved(isDirty: () => boolean): ReactNode {
  const { t } = useTranslation();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isDirty() && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (isDirty()) event.preventDefault();
    };
    window.addEventListener("beforeunload", onLeave);
    return () => window.removeEventListener("beforeunload", onLeave);
  }, [isDirty]);
  if (blocker.state !== "blocked") return null;
  return (
    <Dialog
      title={t("unsaved.title")}
      onClose={() => blocker.reset()}
      foot={
        <>
          <Button onClick={() => blocker.proceed()}>{t("unsaved.leave")}</Button>
          <Button tone="primary" onClick={() => blocker.reset()}>
            {t("unsaved.stay")}
          </Button>
        </>
      }
    >
      <p>{t("unsaved.text")}</p>
    </Dialog>
  );
}
