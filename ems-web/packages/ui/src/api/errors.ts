/** What went wrong, in the few kinds a person can act on. */
export type ErrorKind = "session" | "denied" | "missing" | "unsupported" | "input" | "server" | "network";

const SESSION_KEYS = new Set([
  "API.USER_SESSION_TIMEOUT",
  "API.USER_SESSION_NOT_FOUND",
  "API.ADMINISTRATOR_SESSION_TIMEOUT",
  "API.ADMINISTRATOR_SESSION_NOT_FOUND",
  "API.INVALID_TOKEN",
  "API.INVALID_USER_UUID",
]);

const DENIED_KEYS = /PRIVILEGE|FORBIDDEN|PROTECTED|READ_ONLY/;

/** An answer of the API that is not a success, or the lack of an answer. */
export class ApiError extends Error {
  readonly status: number;
  /** Translation key such as `API.SPACE_NOT_FOUND`, or empty. */
  readonly key: string;
  readonly kind: ErrorKind;

  /** A sentence of the API about this very case, or empty. */
  readonly detail: string;

  constructor(status: number, key: string, kind: ErrorKind, detail = "") {
    super(key || `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.key = key;
    this.kind = kind;
    this.detail = detail;
  }
}

/** Sort an answer into a kind; an unknown route comes without a key, an unknown item with one. */
export function classify(status: number, key: string): ErrorKind {
  if (SESSION_KEYS.has(key) || status === 401) return "session";
  if (status === 403 || DENIED_KEYS.test(key)) return "denied";
  if (status === 501 || status === 405) return "unsupported";
  if (status === 404) return key !== "" ? "missing" : "unsupported";
  return status >= 500 ? "server" : "input";
}

/** Whether asking again may help without the user changing anything. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ApiError && (error.kind === "network" || error.kind === "server");
}
