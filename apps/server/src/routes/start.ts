/** Creates a run over HTTP, for the caller, and once for each idempotency key. */
import {
  ForbiddenError,
  IdempotencyKeyReusedError,
  newRunId,
  RequestMalformedError,
  RunNotFoundError,
  UnknownWorkflowError,
} from "@holdfast/core";
import { type CreateBody, idempotencyKey } from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { callerOf } from "../auth/guard.js";
import { actingFor } from "../auth/own.js";
import type { ServerContext } from "../context.js";
import { admitInput } from "../inputs/admit-input.js";
import { inBody } from "./in-body.js";
import { ownerFor } from "./uploads.js";

export interface Created {
  readonly runId: string;
  /** The key was used before, for the same: that run. */
  readonly isReplay: boolean;
  /** The active run of the dedupe key was the answer. */
  readonly joined?: { readonly inputDiffers: boolean } | undefined;
}

export async function startRun(context: ServerContext, request: FastifyRequest, asked: CreateBody): Promise<Created> {
  const caller = callerOf(request);
  if (asked.owner !== undefined && asked.owner !== caller.id && caller.role !== "admin") {
    const what = "start a run for another user";
    throw new ForbiddenError({ caller: caller.id, role: caller.role, what, needs: ["admin"] });
  }
  const workflow = context.holdfast.workflows.find(({ name }) => name === asked.workflow);
  if (workflow === undefined) {
    const known = context.holdfast.workflows.map(({ name }) => name).sort();
    throw new UnknownWorkflowError({ workflow: asked.workflow, known });
  }
  const body = {
    ...asked,
    input: await admitInput(context, asked.workflow, asked.input, {
      under: "input",
      owner: ownerFor(request),
    }),
  };
  const key = keyOf(request);
  const runId = body.runId ?? newRunId(context.nowMs(), Math.random);
  const isThere = key !== undefined && body.runId !== undefined && (await isRun(context, runId));
  const options = {
    runId,
    through: body.through,
    owner: body.owner ?? caller.id,
    ...{ at: body.at, delayMs: body.delayMs, priority: body.priority, tags: body.tags },
    dedupe: body.dedupe,
    idempotencyKey: key,
    // As it was sent: where its paths lead may change with the settings.
    idempotencyUse: { input: asked.input, through: asked.through },
  };
  const handle = await actingFor(context, request)
    .start(workflow, body.input, options)
    .catch((error) => inBody("input", error));
  const isReplay = isThere || handle.id !== runId;
  // Of a dedupe key another run may be the answer, whatever id was asked for.
  if (isReplay && body.dedupe === undefined && body.runId !== undefined && body.runId !== handle.id) {
    throw new IdempotencyKeyReusedError({ runId: handle.id });
  }
  return { runId: handle.id, isReplay, joined: handle.joined };
}

async function isRun({ holdfast }: ServerContext, runId: string): Promise<boolean> {
  try {
    await holdfast.runs.summary(runId);
    return true;
  } catch (error) {
    if (error instanceof RunNotFoundError) return false;
    throw error;
  }
}

/** @throws {RequestMalformedError} REQUEST_MALFORMED */
export function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers["idempotency-key"];
  if (header === undefined) return undefined;
  const checked = idempotencyKey.safeParse(header);
  if (checked.success) return checked.data;
  throw new RequestMalformedError({
    subject: "the headers",
    issues: [{ path: "idempotency-key", message: checked.error.issues[0]?.message ?? "does not fit" }],
  });
}
