import { useCallback, useSyncExternalStore } from "react";

/** Width up to which a page is laid out for a phone, as in the style sheets. */
export const PHONE = "(max-width: 720px)";

/** Whether a media query holds; follows it while it changes. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const media = globalThis.matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => globalThis.matchMedia(query).matches);
}
