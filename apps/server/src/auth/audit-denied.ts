/** Acts that were refused for want of rights go to the audit: nothing changed, and somebody tried. */
import type { FastifyBaseLogger, FastifyRequest } from "fastify";
import type { ServerContext } from "../context.js";
import type { Caller } from "../roles.js";

export async function auditDenied(
  context: ServerContext,
  request: FastifyRequest,
  caller: Caller,
  runId: string | null,
  reason: string,
): Promise<void> {
  const what = `${request.method} ${request.routeOptions.url}: ${reason}`;
  await noteDenied(context, { id: caller.id, requestId: request.id }, what, runId, request.log);
}

export async function noteDenied(
  context: ServerContext,
  who: { readonly id: string; readonly requestId: string | null },
  reason: string,
  runId: string | null,
  log: FastifyBaseLogger,
): Promise<void> {
  try {
    await context.holdfast.as({ ...who, via: "http" }).management.recordDenied({ runId, reason });
  } catch (error) {
    // The refusal stands whether or not it can be written down.
    log.error({ err: error }, "a denied request could not be recorded in the audit log");
  }
}
