/**
 * Audit entries that the server writes itself, since they belong to no change in the store: requests denied for want of rights,
 * and starts and stops of its own supervisor.
 */
import { isRunId } from "@holdfast/core";
import type { FastifyRequest } from "fastify";
import type { ServerContext } from "../context.js";
import type { Caller } from "./roles.js";

/** Records a denied request: nothing changed, and somebody tried. */
export async function auditDenied(
  context: ServerContext,
  request: FastifyRequest,
  caller: Caller,
  runId: string | null,
  reason: string,
): Promise<void> {
  const actor = { id: caller.id, via: "http", requestId: request.id } as const;
  try {
    await context.holdfast.store.appendAudit({
      stamp: { actor, action: "denied", reason: `${request.method} ${request.routeOptions.url}: ${reason}` },
      runId: runId !== null && isRunId(runId) ? runId : null,
    });
  } catch (error) {
    // The refusal stands whether or not it can be written down.
    request.log.error({ err: error }, "a refusal could not be audited");
  }
}

/** Records that somebody started or stopped the server's own supervisor. */
export async function auditSupervisor(
  context: ServerContext,
  request: FastifyRequest,
  caller: Caller,
  action: "startSupervisor" | "stopSupervisor",
): Promise<void> {
  const actor = { id: caller.id, via: "http", requestId: request.id } as const;
  await context.holdfast.store.appendAudit({ stamp: { actor, action, reason: null }, runId: null });
}
