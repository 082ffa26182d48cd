/** Who acts when nobody else is named: the user of the system. */
import { userInfo } from "node:os";
import type { Actor, ActorVia } from "@holdfast/core";

export function currentActor(via: ActorVia): Actor {
  return { id: systemUser(), via, requestId: null };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // a container may run under a user id that has no name
  }
}
