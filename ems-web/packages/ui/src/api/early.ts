import { sessionStore } from "../session/store";

/**
 * Requests that were sent before the page's own code was there to send them.
 *
 * What begins a visit asks for what the first page will want while the code still loads; whoever then wants the
 * same address takes the answer that is under way instead of asking again.
 */
interface Early {
  token: string;
  sentMs: number;
  answer: Promise<Response>;
}

/** An answer that nobody took in this time would be out of date. */
const FRESH_MS = 15_000;

const underWay = new Map<string, Early>();

let isOver = false;

/** From now on the page asks for itself: what is not under way yet would be asked for twice. */
export function endEarly(): void {
  isOver = true;
}

/** Ask for an address of this origin now; does nothing without a session, and once the page asks for itself. */
export function askEarly(url: string): Promise<Response> | null {
  const user = sessionStore.get().user;
  if (!user || isOver) return null;
  const headers = { Accept: "application/json", "User-UUID": user.uuid, Token: user.token };
  const answer = fetch(url, { headers });
  // Whoever takes the answer sees the failure; when nobody does there is nobody to tell.
  answer.catch(() => undefined);
  underWay.set(url, { token: user.token, sentMs: Date.now(), answer });
  return answer;
}

/** The answer to a request of this session that is under way; each is given out once. */
export function takeEarly(url: string): Promise<Response> | null {
  const early = underWay.get(url);
  if (!early) return null;
  underWay.delete(url);
  const isOwn = early.token === sessionStore.get().user?.token;
  return isOwn && Date.now() - early.sentMs < FRESH_MS ? early.answer : null;
}
