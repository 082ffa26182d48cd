/** Who is signed in: the token of the printed address becomes a cookie that no script reads, and leaves the address at once. */
import { ask } from "../api/client.js";
import type { Session } from "../api/types.js";

/** @returns Whether there was a token, and it was taken. */
export async function takeToken(): Promise<boolean> {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  if (token === null) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  return signIn(token).then(
    () => true,
    () => false,
  );
}

export const signIn = (token: string): Promise<Session> => ask<Session>("session", { method: "POST", body: { token } });

export const signOut = (): Promise<void> => ask("session", { method: "DELETE" });

export const whoAmI = (): Promise<Session> => ask<Session>("session");
