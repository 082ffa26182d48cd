/** Forking a run: a new run that keeps what was recorded before a stage, and goes its own way from there. */
import { newRunId, parseNewRunId, type RunId, RunIdTakenError, rankOf, UnknownStageError } from "@holdfast/core";
import { placeUploads } from "../files/place-uploads.js";
import type { ActOptions } from "../manage/facade.js";
import { stampOf } from "../manage/stamp.js";
import { type Engine, requireRun, requireWorkflow } from "../opened/engine.js";
import { parseInput } from "../workflow/parse-input.js";
import { openInput } from "../workflow/secret.js";
import { checkExpected } from "./act.js";

export interface ForkOptions extends ActOptions {
  /** The first stage that runs anew. */
  readonly from: string;
  readonly runId?: string | undefined;
  readonly set?: Record<string, unknown> | undefined;
}

/**
 * @throws {UnknownStageError} UNKNOWN_STAGE — when the workflow does not declare `from`. @throws {RunIdTakenError}
 * @throws {BadInputError} BAD_INPUT — for changes that do not fit. @throws {RunNotFoundError} RUN_NOT_FOUND
 */
export async function forkRun(opened: Engine, originId: RunId, options: ForkOptions): Promise<RunId> {
  const { store, clock, random, artifacts, hints } = opened.deps;
  const origin = await requireRun(opened, originId);
  checkExpected(origin, options.expect);
  const workflow = requireWorkflow(opened, origin.workflow);
  const declared = workflow.stages ?? [];
  const fromRank = rankOf(options.from, declared);
  if (fromRank < 0) {
    const names = declared.map((declaration) => declaration.name);
    throw new UnknownStageError({ stage: options.from, workflow: workflow.name, declared: names });
  }
  const set = options.set ?? {};
  const { secrets } = await openInput(store, origin);
  const whole = { ...(origin.given as object), ...set };
  const given =
    Object.keys(set).length === 0 ? origin.given : await placeUploads(opened.uploads, workflow, whole, origin.owner);
  const input =
    given === origin.given
      ? {
          inputJson: JSON.stringify(origin.input),
          givenJson: JSON.stringify(origin.given),
          secretsJson: origin.hasSecrets ? JSON.stringify(secrets) : null,
        }
      : (await parseInput(workflow, given, secrets)).texts;
  const records = (await store.loadHistory(originId)).filter(
    ({ stage, record }) => record?.outcome === "completed" && rankOf(stage, declared) < fromRank,
  );
  const runId = options.runId === undefined ? newRunId(clock.nowMs(), random) : parseNewRunId(options.runId);
  // Large outputs first: a record whose file is missing would be a lie.
  for (const { record } of records) {
    if (record?.output?.kind === "file") await artifacts.copyOutput(originId, runId, record.output.sha256);
  }
  const outcome = await store.createRun({
    id: runId,
    workflow: workflow.name,
    version: workflow.version,
    owner: origin.owner,
    ...input,
    stages: workflow.stages,
    start: { due: null, priority: origin.priority, tags: origin.tags },
    policy: workflow.policy,
    through: null,
    idempotencyKey: null,
    forkedFrom: { runId: originId, stage: options.from, keeps: records.map(({ stage }) => stage) },
    claim: null,
    audit: stampOf(opened, "fork", options.reason),
  });
  if (outcome.kind === "idTaken") throw new RunIdTakenError({ runId, taken: outcome.runId });
  hints.notify(runId);
  return runId;
}
