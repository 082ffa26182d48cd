/** The caller, for all of the page: who they are and what they may do. */
import { createContext, useContext } from "react";
import type { Session } from "./types.js";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("a page is shown to nobody");
  return session;
}

export const useMayAct = (): boolean => useSession().role !== "viewer";
/** Why acts are refused here; null where they are not. */
export const useActRefusal = (): string | null => (useMayAct() ? null : "Viewers look; ask an operator to act on runs");
