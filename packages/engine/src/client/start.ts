/** Starting a run: the input checked against the schema, the run and its event 1 written in one transaction. */
import {
  type ClaimTerms,
  type CreateOutcome,
  DuplicateRunError,
  IdempotencyKeyReusedError,
  newRunId,
  parseNewRunId,
  type RunCreate,
  type RunId,
  RunIdTakenError,
  readDedupe,
  readStartWhen,
  type SqlTransaction,
  WrongUseError,
} from "@holdfast/core";
import { formerHash, hashJson } from "../base/hash.js";
import { placeUploads } from "../files/place-uploads.js";
import { startStampOf } from "../manage/stamp.js";
import { type Engine, requireWorkflow } from "../opened/engine.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { parseInput } from "../workflow/parse-input.js";
import { checkThrough } from "../workflow/through.js";
import type { RunHandle, StartOptions } from "./handle-facade.js";
import { checkSearch, declareSearch } from "./search.js";

export interface Started {
  readonly runId: RunId;
  readonly outcome: CreateOutcome;
  readonly askedAtMs: number;
}

/**
 * @throws {BadInputError} BAD_INPUT — naming every field that does not fit. @throws {BadRunIdError} BAD_RUN_ID
 * @throws {RunIdTakenError} RUN_ID_TAKEN @throws {UnknownStageError} UNKNOWN_STAGE — for `through`.
 * @throws {IdempotencyKeyReusedError} IDEMPOTENCY_KEY_REUSED — the key was used for something else.
 */
export async function createRun(
  opened: Engine,
  workflow: Workflow,
  given: unknown,
  options: StartOptions,
  claim: ClaimTerms | null,
): Promise<Started> {
  const { store, clock, hints } = opened.deps;
  const create = await prepare(opened, workflow, given, options, claim);
  const runId = create.id;
  const askedAtMs = clock.monotonicMs();
  const created = store.createRun(create);
  if (claim === null) hints.notifySoon();
  const outcome = await created;
  refuseTaken(create, outcome);
  // Once a process, and not before the run is there: a start that is refused changes nothing. Where it fails, the run is started
  // all the same, and the next start or query by a field declares them.
  if (workflow.search.length > 0) await declareSearch(store, workflow).catch(() => undefined);
  hints.notify(runId);
  return { runId: idOf(create, outcome), outcome, askedAtMs };
}

/**
 * The same within a transaction of the caller. Nobody sees the run before the commit, and nobody is told of it then: workers
 * find it when they next look.
 * @throws {WrongUseError} WRONG_USE — the store has no transactions of others. @throws as `createRun`
 */
export async function createRunIn(
  opened: Engine,
  transaction: SqlTransaction,
  workflow: Workflow,
  given: unknown,
  options: StartOptions,
): Promise<{ readonly runId: RunId }> {
  const { store } = opened.deps;
  if (store.createRunIn === undefined) {
    const problem = `startIn writes the run in your own PostgreSQL transaction, and this store is ${store.kind}: open a postgres:// URL, or use start.`;
    throw new WrongUseError({ problem });
  }
  if (typeof transaction?.query !== "function") {
    throw new WrongUseError({ problem: "startIn: the first argument is a client of pg between BEGIN and COMMIT." });
  }
  const create = await prepare(opened, workflow, given, options, null);
  // Before the run is there: what is declared later fills in the runs that it sees, and this one is not seen until the commit.
  if (workflow.search.length > 0) await declareSearch(store, workflow);
  const outcome = await store.createRunIn(transaction, create);
  refuseTaken(create, outcome);
  return { runId: idOf(create, outcome) };
}

/** Of the run that the start is answered with. */
const idOf = ({ id }: RunCreate, outcome: CreateOutcome) => (outcome.kind === "created" ? id : outcome.runId);

/** Of a start that was answered with the active run of its dedupe key. */
export const joinedOf = (outcome: CreateOutcome): Pick<RunHandle, "joined"> =>
  outcome.kind === "joined" ? { joined: { inputDiffers: outcome.inputDiffers } } : {};

function refuseTaken({ id: runId, dedupe }: RunCreate, outcome: CreateOutcome): void {
  if (outcome.kind === "duplicate") {
    throw new DuplicateRunError({ runId: outcome.runId, status: outcome.status, key: dedupe?.key ?? null });
  }
  if (outcome.kind === "idTaken") throw new RunIdTakenError({ runId, taken: outcome.runId });
  if (outcome.kind === "existing" && !outcome.isSameUse) throw new IdempotencyKeyReusedError({ runId: outcome.runId });
}

async function prepare(
  opened: Engine,
  workflow: Workflow,
  given: unknown,
  options: StartOptions,
  claim: ClaimTerms | null,
): Promise<RunCreate> {
  const { clock, random } = opened.deps;
  requireWorkflow(opened, workflow.name);
  const runId = options.runId === undefined ? newRunId(clock.nowMs(), random) : parseNewRunId(options.runId);
  if (options.through !== undefined) checkThrough(workflow, options.through);
  const start = readStartWhen(options, clock.nowMs());
  const create: RunCreate = {
    id: runId,
    workflow: workflow.name,
    version: workflow.version,
    owner: options.owner ?? null,
    ...(await parseInput(workflow, await placeUploads(opened.uploads, workflow, given, options.owner ?? null))).texts,
    stages: workflow.stages,
    policy: workflow.policy,
    through: options.through ?? null,
    idempotencyKey: options.idempotencyKey ?? null,
    ...hashUse(given, options),
    forkedFrom: null,
    claim,
    start,
    dedupe: readDedupe(options),
    audit: startStampOf(opened),
  };
  if (workflow.search.length > 0) await checkSearch(workflow);
  return create;
}

/** Without a word of the caller's the key stands for the input and `through`, as over HTTP. */
function hashUse(
  input: unknown,
  { idempotencyKey, idempotencyUse, through }: StartOptions,
): Pick<RunCreate, "idempotencyHash" | "formerIdempotencyHash"> {
  if (idempotencyKey === undefined) return { idempotencyHash: null };
  const use = idempotencyUse === undefined ? { input, through } : idempotencyUse;
  return {
    idempotencyHash: hashJson(use, "what the idempotency key is used for"),
    formerIdempotencyHash: formerHash(use),
  };
}
