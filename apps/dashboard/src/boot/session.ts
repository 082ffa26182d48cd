/** Who is signed in: the token of the printed address becomes a cookie that no script reads, and leaves the address at once. */
import { ApiProblem, ask } from "../api/client.js";
import type { Session } from "../api/types.js";

/** Why nobody is signed in, where more is known than that. */
export type Refusal = "unknownToken" | "noCookies";

/** Thrown by `signIn`: said in the page's words, not the server's. */
export class SignInRefused extends Error {
  constructor(readonly why: Refusal) {
    super(why);
  }
}

/** Whether the mounting site signs people in: then tokens are taken nowhere. */
export const isSignInOfSite = (): boolean =>
  document.querySelector<HTMLMetaElement>("meta[name=holdfast-sign-in]")?.content === "site";

/** The token of the address, if there is one, for the session's cookie. @returns What came of it; null where there was none. */
export async function takeToken(): Promise<"taken" | Refusal | null> {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  if (token === null) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return signIn(token).then(
    () => "taken" as const,
    (error: unknown) => (error instanceof SignInRefused ? error.why : null),
  );
}

/** @throws {SignInRefused} The token is not known here, or the browser keeps no cookie: both look like "nobody" to the server. */
export async function signIn(token: string): Promise<Session> {
  const as = (why: Refusal) => (error: unknown) => {
    throw error instanceof ApiProblem && error.status === 401 ? new SignInRefused(why) : error;
  };
  await ask<Session>("session", { method: "POST", body: { token } }).catch(as("unknownToken"));
  return whoAmI().catch(as("noCookies"));
}

export const signOut = (): Promise<void> => ask("session", { method: "DELETE" });

export const whoAmI = (): Promise<Session> => ask<Session>("session");
