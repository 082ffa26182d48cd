/** Parts that all operations of one open Holdfast share: its ports, workflows, executions and actor. */
import {
  type Actor,
  AmbiguousRunIdError,
  type RecoveryDefaults,
  type RetentionPolicy,
  type RunId,
  RunNotFoundError,
  type RunRecord,
  UnknownWorkflowError,
  WrongUseError,
} from "@holdfast/core";
import type { UploadStore } from "../files/upload-store.js";
import type { ExecutorDeps } from "../run/deps.js";
import type { Workflow } from "../workflow/define-workflow.js";
import type { Company } from "./company.js";
import type { Executions } from "./executions.js";
import type { Staff } from "./staff.js";

export interface Engine {
  readonly deps: ExecutorDeps;
  readonly dataDir: string;
  /** Files that callers sent. */
  readonly uploads: UploadStore;
  readonly workflows: ReadonlyMap<string, Workflow>;
  /** Runs that this process executes now. */
  readonly executions: Executions;
  /** Which of them are executed beside each other. */
  readonly company: Company;
  /** Promises of those executions; `close` waits for all of them. */
  readonly underWay: Set<Promise<unknown>>;
  /** Its workers, as those see them who wait for runs. */
  readonly staff: Staff;
  /** Settles once the schedules of the workflows are declared; null until a worker starts. */
  readonly declaring: { done: Promise<void> | null };
  /** Names of those at work in this process. */
  readonly workerNames: Set<string>;
  /** How long a stage may block the event loop and keep its lease. */
  readonly maxBlockedMs: number;
  /** Aborts when this Holdfast closes: workers stop claiming. */
  readonly closing: AbortController;
  /** Who acts, for the history and the audit. */
  readonly actor: Actor;
  readonly retention: RetentionPolicy | null;
  /** By what runs are judged here where their workflow says nothing. */
  readonly recoveryDefaults: RecoveryDefaults;
}

/** @throws {RunNotFoundError} RUN_NOT_FOUND */
export async function requireRun(opened: Engine, runId: string): Promise<RunRecord> {
  const run = await opened.deps.store.getRun(runId);
  if (run === null) throw new RunNotFoundError({ runId });
  return run;
}

/** @throws {WrongUseError} WRONG_USE — when the run is of another workflow than the one given. */
export function checkWorkflow(run: RunRecord, workflow: Pick<Workflow, "name"> | undefined): void {
  if (workflow === undefined || workflow.name === run.workflow) return;
  throw new WrongUseError({ problem: `Run ${run.id} is of workflow ${run.workflow}, not of ${workflow.name}.` });
}

/** @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW */
export function requireWorkflow(opened: Engine, name: string): Workflow {
  const workflow = opened.workflows.get(name);
  if (workflow === undefined) {
    throw new UnknownWorkflowError({ workflow: name, known: [...opened.workflows.keys()].sort() });
  }
  return workflow;
}

/**
 * A whole id, a unique start of one, or "@last" for the newest run.
 * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {AmbiguousRunIdError} AMBIGUOUS_RUN_ID
 */
export async function findRun(opened: Engine, idOrPrefix: string): Promise<RunId> {
  const { store } = opened.deps;
  if (idOrPrefix === "@last") {
    const newest = (await store.listRuns({ limit: 1 })).rows[0];
    if (newest === undefined) throw new RunNotFoundError({ runId: idOrPrefix });
    return newest.id;
  }
  const matches = idOrPrefix === "" ? [] : await store.findRunIds(idOrPrefix, 6);
  const exact = matches.find((id) => id === idOrPrefix) ?? (await store.getRun(idOrPrefix))?.id;
  if (exact !== undefined) return exact;
  const [only, ...others] = matches;
  if (only === undefined) throw new RunNotFoundError({ runId: idOrPrefix });
  if (others.length > 0) throw new AmbiguousRunIdError({ prefix: idOrPrefix, matches });
  return only;
}
