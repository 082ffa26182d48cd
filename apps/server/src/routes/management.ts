/** /api/management: statistics and active runs; recover, checkTimeouts and cleanup, one at a time. */
import { ForbiddenError, ManagementBusyError } from "@holdfast/core";
import type { CleanupReport, ManagementReport } from "@holdfast/engine";
import {
  cleanupReport,
  type ManagementBody,
  type ManagementQuery,
  managementBody,
  managementQuery,
  managementReport,
  managementView,
  noQuery,
  supervisorState,
} from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { callerOf } from "../auth/guard.js";
import { actingFor, ownerFilter } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import type { SupervisorState } from "../server-supervisor.js";
import { answers, TAGS } from "./schemas.js";

const ACTIVE_DEFAULT = 100;

/** What is under way now; one a server, shared with the aliases. */
export class ManagementGate {
  private current: { readonly action: string; readonly by: string; readonly since: number } | null = null;

  /** @throws {ManagementBusyError} MANAGEMENT_BUSY */
  async pass<T>(action: string, by: string, since: number, work: () => Promise<T>): Promise<T> {
    if (this.current !== null) throw new ManagementBusyError(this.current);
    this.current = { action, by, since };
    try {
      return await work();
    } finally {
      this.current = null;
    }
  }
}

export function managementRoutes(app: App, context: ServerContext, gate: ManagementGate): void {
  const tags = TAGS.management;
  const readSchema = {
    tags,
    operationId: "getManagement",
    summary: "Statistics, and active runs with their health",
    description:
      "The caller's own statistics and active runs; all of them for an admin. Runs that a cleanup removed stay counted. " +
      "`config` has the settings for supervision: the defaults, or with `workflow` that workflow's own policy.",
    querystring: managementQuery,
    response: answers({ 200: managementView }),
  };
  app.get("/api/management", { schema: readSchema }, (request) => readManagement(context, request, request.query));

  const actSchema = {
    tags,
    operationId: "manage",
    summary: "Recover, check timeouts or clean up; start and stop the server's supervisor",
    description:
      "With `checkOnly` nothing is written. With `planId` the action is applied only if it is still what that plan showed. The " +
      "server's supervisor is separate from that of a worker in the same process.",
    querystring: noQuery,
    body: managementBody,
    response: answers({ 200: z.union([managementReport, cleanupReport, supervisorState]) }),
  };
  app.post("/api/management", { schema: actSchema, config: { isLong: true } }, (request) =>
    manage(context, gate, request, request.body),
  );
}

/** A user's own statistics and runs; everybody's for an admin. @throws {ForbiddenError} FORBIDDEN — another owner was named. */
export async function readManagement(
  context: ServerContext,
  request: FastifyRequest,
  { limit = ACTIVE_DEFAULT, owner: asked, workflow, tag, windowMs, groupBy }: ManagementQuery,
) {
  const { management } = context.holdfast;
  const filter = ownerFilter(callerOf(request), asked);
  if (filter === null) {
    const { id, role } = callerOf(request);
    throw new ForbiddenError({ caller: id, role, what: "look at another owner's statistics", needs: ["admin"] });
  }
  const { owner } = filter;
  const [statistics, activeRuns] = await Promise.all([
    management.stats({ owner, workflow, tag, windowMs, groupBy }),
    management.health({ owner, workflow, limit }),
  ]);
  return { ...statistics, serverSupervisor: context.supervisor.state, activeRuns };
}

type RunAction = Extract<ManagementBody, { action: "recover" | "checkTimeouts" | "cleanup" }>;

/** What the body asks for, of runs or of the server's supervisor. */
export async function manage(
  context: ServerContext,
  gate: ManagementGate,
  request: FastifyRequest,
  body: ManagementBody,
): Promise<ManagementReport | CleanupReport | SupervisorState> {
  switch (body.action) {
    case "startSupervisor":
      await context.supervisor.start(actingFor(context, request));
      return context.supervisor.state;
    case "stopSupervisor":
      await context.supervisor.stop(actingFor(context, request).actor);
      return context.supervisor.state;
    default:
      return manageRuns(context, gate, request, body);
  }
}

export async function manageRuns(
  context: ServerContext,
  gate: ManagementGate,
  request: FastifyRequest,
  body: RunAction,
): Promise<ManagementReport | CleanupReport> {
  const { management } = actingFor(context, request);
  const carryOut = (): Promise<ManagementReport | CleanupReport> => {
    switch (body.action) {
      case "recover":
        return management.recover(withoutAction(body));
      case "checkTimeouts":
        return management.checkTimeouts(withoutAction(body));
      case "cleanup":
        return management.cleanup(withoutAction(body));
    }
  };
  const isCheckOnly = body.checkOnly === true;
  try {
    const report = await gate.pass(body.action, callerOf(request).id, context.nowMs(), carryOut);
    context.metrics.onManagement(body.action, "done", isCheckOnly);
    if (!isCheckOnly && "scanned" in report) {
      for (const { workflow, action, cause } of report.runs) {
        if (action === "resume") context.metrics.onResume(workflow, cause);
      }
    }
    return report;
  } catch (error) {
    context.metrics.onManagement(body.action, "refused", isCheckOnly);
    throw error;
  }
}

function withoutAction<B extends RunAction>({ action: _, ...rest }: B): Omit<B, "action"> {
  return rest;
}
