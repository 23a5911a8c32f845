import { send } from "../api/client";
import { ApiError } from "../api/errors";
import { type SessionUser, sessionStore } from "./store";

interface LoginAnswer {
  id: number;
  name: string;
  uuid: string;
  display_name: string;
  email: string;
  is_admin: boolean;
  is_read_only: boolean | null;
  token: string;
}

function enter(answer: LoginAnswer): SessionUser {
  const user: SessionUser = {
    id: answer.id,
    name: answer.name,
    uuid: answer.uuid,
    displayName: answer.display_name || answer.name,
    email: answer.email,
    isAdmin: answer.is_admin,
    isReadOnly: answer.is_read_only === true,
    token: answer.token,
  };
  sessionStore.signedIn(user);
  return user;
}

/** Whether an error says that the password was right and a code of the second factor is wanted. */
export function wantsSecondFactor(error: unknown): boolean {
  return error instanceof ApiError && error.key === "API.SECOND_FACTOR_REQUIRED";
}

/** Sign in with a name, e-mail or phone number, and the code of a second factor; throws `ApiError`. */
export async function signIn(account: string, password: string, code = ""): Promise<SessionUser> {
  const data = { account, password, ...(code ? { second_factor: code } : {}) };
  const response = await send("PUT", "/users/login", { body: { data } });
  return enter((await response.json()) as LoginAnswer);
}

/** What a sign-in page offers. */
export interface SignInChoices {
  single_sign_on: { name: string } | null;
}

/** Ask what the sign-in page offers; a server without choices has none. */
export async function signInChoices(): Promise<SignInChoices> {
  try {
    return (await (await send("GET", "/users/signin")).json()) as SignInChoices;
  } catch {
    // The password is always a way in; without an answer it is the only one.
    return { single_sign_on: null };
  }
}

const TRANSACTION_KEY = "ems.oidc";

/** Leave for the identity provider; it sends the browser back with a code. */
export async function beginSingleSignOn(): Promise<void> {
  const response = await send("GET", "/users/oidc");
  const answer = (await response.json()) as { authorization_url: string; transaction: string };
  sessionStorage.setItem(TRANSACTION_KEY, answer.transaction);
  window.location.assign(answer.authorization_url);
}

/** Finish what the identity provider sent back in the address; false when it sent nothing. */
export async function finishSingleSignOn(): Promise<boolean> {
  const params = new URLSearchParams(window.location.search);
  const [code, state] = [params.get("code"), params.get("state")];
  const transaction = sessionStorage.getItem(TRANSACTION_KEY);
  if (!code || !state || !transaction) return false;
  sessionStorage.removeItem(TRANSACTION_KEY);
  // The code is good once: it must not stand in the address any longer.
  window.history.replaceState(null, "", "/");
  const response = await send("POST", "/users/oidc", { body: { data: { code, state, transaction } } });
  enter((await response.json()) as LoginAnswer);
  return true;
}

/** End the session here and in the API; an API that can't be reached does not keep anyone in. */
export async function signOut(): Promise<void> {
  const leaving = send("PUT", "/users/logout", { body: {} }).catch(() => undefined);
  sessionStore.signedOut();
  await leaving;
}

/** Change the password of the signed-in user; throws `ApiError`. */
export async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
  await send("PUT", "/users/changepassword", {
    body: { data: { old_password: oldPassword, new_password: newPassword } },
  });
}
