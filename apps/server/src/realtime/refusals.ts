/**
 * Records denied socket requests in the audit log: connections without a valid credential or from foreign pages, joins to others'
 * rooms, invalid frames. The number of entries a minute is limited, so that an abusive client cannot fill the audit log.
 */
import type { FastifyBaseLogger } from "fastify";
import { noteDenied } from "../auth/audit-denied.js";
import type { ServerContext } from "../context.js";

const ENTRIES_PER_MINUTE = 60;

export class Refusals {
  private count = 0;
  private minute = 0;

  constructor(
    private readonly context: ServerContext,
    private readonly log: FastifyBaseLogger,
  ) {}

  /** `caller`: null where nobody knows who it was. */
  note(caller: string | null, what: string, runId: string | null = null): void {
    this.log.warn({ caller, runId, refused: what }, "a socket was refused");
    const minute = Math.floor(this.context.nowMs() / 60_000);
    if (minute !== this.minute) this.count = 0;
    this.minute = minute;
    if (this.count++ >= ENTRIES_PER_MINUTE) return;
    const who = { id: caller ?? "unknown", requestId: null };
    void noteDenied(this.context, who, `realtime: ${what}`, runId, this.log);
  }
}
