/** The signed-in user as the API answered it at sign-in. */
export interface SessionUser {
  id: number;
  name: string;
  uuid: string;
  displayName: string;
  email: string;
  isAdmin: boolean;
  isReadOnly: boolean;
  token: string;
}

export interface SessionState {
  user: SessionUser | null;
  /** True while the password is asked for in place. */
  isExpired: boolean;
}

const STORAGE_KEY = "ems.session";

function isUser(value: unknown): value is SessionUser {
  if (typeof value !== "object" || value === null) return false;
  return "uuid" in value && "token" in value && typeof value.token === "string";
}

function readStored(): SessionUser | null {
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "null");
    return isUser(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/**
 * Who is signed in: shared by both front ends (same origin) and by all tabs.
 *
 * The API wants the token in a header, so a script must be able to read it; it never goes
 * into an address or to another origin.
 */
class SessionStore {
  private state: SessionState = { user: readStored(), isExpired: false };
  private readonly listeners = new Set<() => void>();
  private waiting: { resolve: () => void; reject: (reason: Error) => void }[] = [];

  constructor() {
    globalThis.addEventListener?.("storage", (event: StorageEvent) => {
      if (event.key !== STORAGE_KEY) return;
      const user = readStored();
      if (user) this.signedIn(user);
      else this.signedOut();
    });
  }

  get = (): SessionState => this.state;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  signedIn(user: SessionUser): void {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(user));
    this.change({ user, isExpired: false });
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  signedOut(): void {
    localStorage.removeItem(STORAGE_KEY);
    this.change({ user: null, isExpired: false });
    for (const { reject } of this.waiting.splice(0)) reject(new Error("signed out"));
  }

  /** The API no longer knows the session; resolves when the user signed in again. */
  expire(): Promise<void> {
    const renewed = new Promise<void>((resolve, reject) => this.waiting.push({ resolve, reject }));
    if (this.state.user) this.change({ ...this.state, isExpired: true });
    else this.signedOut();
    return renewed;
  }

  private change(state: SessionState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

export const sessionStore = new SessionStore();
