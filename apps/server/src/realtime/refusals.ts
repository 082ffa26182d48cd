/**
 * Refusals of sockets in the audit: connections without a valid credential, of foreign pages, joins to others' rooms, frames
 * that do not fit. One who hammers must not fill the audit, so a minute has so many entries and no more.
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
