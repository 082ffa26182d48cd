/** What a store behind a pooler can do only partly, in words for whoever runs it. */
import type { StoreLimitation } from "@holdfast/core";

/** Which addresses are poolers' where none is the server's own. */
export interface Poolers {
  readonly isUrl: boolean;
  readonly isDirectUrl: boolean;
}

export function noSessionLock(location: string, { isUrl, isDirectUrl }: Poolers): StoreLimitation {
  const where = !isDirectUrl
    ? `${location} is a pooler`
    : isUrl
      ? `${location} and directUrl are poolers`
      : `${location}: directUrl is a pooler`;
  const effect =
    "Runs of a worker that dies on another host are taken over only when their leases end, and changes of other processes are seen within a second.";
  const cure = "Set directUrl (HOLDFAST_DIRECT_URL, --direct-url) to the address of the PostgreSQL server itself.";
  return { code: "NO_SESSION_LOCK", message: `${where}, which keeps no session locks. ${effect} ${cure}` };
}
