/**
 * Checks the owner of a run: users see their own runs, admins all. Another user's run is answered like one that does not exist,
 * so that IDs reveal nothing. IDs and owners are compared exactly.
 */
import { RunNotFoundError } from "@holdfast/core";
import type { Holdfast, RunSummary } from "@holdfast/engine";
import type { FastifyRequest } from "fastify";
import type { ServerContext } from "../context.js";
import type { Caller } from "../roles.js";
import { auditDenied } from "./audit-denied.js";
import { callerOf } from "./guard.js";

export const mayUse = (caller: Caller, run: { readonly owner: string | null }): boolean =>
  caller.role === "admin" || run.owner === caller.id;

/** Which owner's runs a list shows: everybody's for an admin, or those of the one asked for; else the caller's own. */
export function ownerFilter(caller: Caller, asked: string | undefined): { readonly owner: string | undefined } | null {
  if (caller.role === "admin") return { owner: asked };
  return asked === undefined || asked === caller.id ? { owner: caller.id } : null;
}

/** The run where this caller may look at it; whether there is another owner's is for the audit alone. */
export async function findOwnRun(
  context: ServerContext,
  caller: Caller,
  runId: string,
): Promise<RunSummary | "none" | "foreign"> {
  try {
    const run = await context.holdfast.runs.summary(runId);
    return mayUse(caller, run) ? run : "foreign";
  } catch (error) {
    if (error instanceof RunNotFoundError) return "none";
    throw error;
  }
}

/** @throws {RunNotFoundError} RUN_NOT_FOUND — also for a run of somebody else's. */
export async function requireOwnRun(
  context: ServerContext,
  request: FastifyRequest,
  runId: string,
  only: { readonly workflow?: string | undefined; readonly toAct?: boolean | undefined } = {},
): Promise<RunSummary> {
  const run = await context.holdfast.runs.summary(runId);
  if (only.workflow !== undefined && run.workflow !== only.workflow) throw new RunNotFoundError({ runId });
  const caller = callerOf(request);
  if (mayUse(caller, run)) return run;
  if (only.toAct) await auditDenied(context, request, caller, runId, "is another owner's run");
  throw new RunNotFoundError({ runId });
}

/** The engine acting for whoever sent this request: audited under their name. */
export function actingFor(context: ServerContext, request: FastifyRequest): Holdfast {
  return context.holdfast.as({ id: callerOf(request).id, via: "http", requestId: request.id });
}
