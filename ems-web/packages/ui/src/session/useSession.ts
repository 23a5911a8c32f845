import { useSyncExternalStore } from "react";
import { type SessionState, sessionStore } from "./store";

/** The session, re-rendering on every change of it. */
export function useSession(): SessionState {
  return useSyncExternalStore(sessionStore.subscribe, sessionStore.get);
}
