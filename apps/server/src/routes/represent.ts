/** Builds the response for a run: the engine's view with its health, and its revision as the ETag. */
import type { Holdfast } from "@holdfast/engine";
import type { FastifyReply } from "fastify";

export async function representRun(holdfast: Holdfast, runId: string) {
  const [view, health] = await Promise.all([holdfast.runs.get(runId), holdfast.runs.health(runId)]);
  return { ...view, health };
}

export function withEtag(reply: FastifyReply, view: { readonly revision: string }): FastifyReply {
  return reply.header("etag", `"${view.revision}"`).header("cache-control", "no-store");
}
