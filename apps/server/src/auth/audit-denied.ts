/** Acts that were refused for want of rights go to the audit: nothing changed, and somebody tried. */
import type { FastifyRequest } from "fastify";
import type { ServerContext } from "../context.js";
import type { Caller } from "./roles.js";

export async function auditDenied(
  context: ServerContext,
  request: FastifyRequest,
  caller: Caller,
  runId: string | null,
  reason: string,
): Promise<void> {
  const actor = { id: caller.id, via: "http", requestId: request.id } as const;
  try {
    const denied = { runId, reason: `${request.method} ${request.routeOptions.url}: ${reason}` };
    await context.holdfast.as(actor).management.recordDenied(denied);
  } catch (error) {
    // The refusal stands whether or not it can be written down.
    request.log.error({ err: error }, "a refusal could not be audited");
  }
}
