import { send } from "../api/client";

/** Mail a code to an address, which proves that it is one's own; throws `ApiError`. */
export async function requestCode(email: string, subject: string): Promise<void> {
  await send("POST", "/users/emailmessages", {
    // The text of the mail is the API's own; the member is there because the contract wants it.
    body: { data: { recipient_name: email, recipient_email: email, subject, message: subject } },
  });
}

export interface Registration {
  name: string;
  displayName: string;
  email: string;
  phone: string;
  password: string;
  code: string;
}

/** Ask for an account; an administrator approves it later. */
export async function register(wish: Registration): Promise<void> {
  await send("POST", "/users/newusers", {
    body: {
      data: {
        name: wish.name,
        display_name: wish.displayName,
        email: wish.email,
        phone: wish.phone,
        password: wish.password,
        verification_code: wish.code,
      },
    },
  });
}

/** Set a new password with a mailed code. */
export async function resetForgotten(email: string, password: string, code: string): Promise<void> {
  await send("PUT", "/users/forgotpassword", {
    body: { data: { email, password, verification_code: code } },
  });
}
