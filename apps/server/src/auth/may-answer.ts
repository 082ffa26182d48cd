/**
 * Who may answer a question. One without addressees: whoever may act on the run. One with: those, whoever's the run is, since the
 * person who asks for something is often not the one who grants it. An admin may answer all.
 */

import { type Caller, ROLES, type Role } from "../roles.js";
import { mayUse } from "./own.js";
import { isGranted } from "./permissions.js";

interface Asked {
  readonly owner: string | null;
  readonly to: readonly string[];
}

export function mayAnswer(caller: Caller, { owner, to }: Asked): boolean {
  if (caller.role === "admin") return true;
  if (to.length === 0) return mayUse(caller, { owner }) && isGranted("runs.act", caller.role);
  return to.some((one) => one === `user:${caller.id}` || hasRole(caller, one));
}

/** A caller of a higher role is one of a lower role, too. */
function hasRole({ role }: Caller, addressee: string): boolean {
  const asked = ROLES.indexOf(addressee.replace(/^role:/, "") as Role);
  return addressee.startsWith("role:") && asked >= 0 && ROLES.indexOf(role) >= asked;
}

/** Its owner sees a question, and whoever may answer it. */
export const maySee = (caller: Caller, asked: Asked): boolean => mayUse(caller, asked) || mayAnswer(caller, asked);
