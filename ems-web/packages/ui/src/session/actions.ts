import { send } from "../api/client";
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

/** Sign in with a name, e-mail or phone number; throws `ApiError`. */
export async function signIn(account: string, password: string): Promise<SessionUser> {
  const response = await send("PUT", "/users/login", { body: { data: { account, password } } });
  const answer = (await response.json()) as LoginAnswer;
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
