/** A run as it is answered: the engine's view with its health, and its revision as the ETag. */
import type { RunRecord } from "@holdfast/core";
import { type Holdfast, type RunView, toRunView } from "@holdfast/engine";
import type { FastifyReply } from "fastify";

export async function representRun(holdfast: Holdfast, runId: string) {
  const [view, health] = await Promise.all([holdfast.runs.get(runId), holdfast.runs.health(runId)]);
  return { ...view, health };
}

/** A row of a list: without stages and output, so that a page costs one read. */
export function representRow(run: RunRecord): Omit<RunView, "stages" | "output"> {
  const { stages: _, output: __, ...row } = toRunView(run, []);
  return row;
}

export function withEtag(reply: FastifyReply, view: { readonly revision: string }): FastifyReply {
  return reply.header("etag", `"${view.revision}"`).header("cache-control", "no-store");
}
