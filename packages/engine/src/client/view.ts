/** A run's record and attempts as the JSON that scripts rely on. Fields may be added, never renamed. */
import {
  type AttemptRecord,
  addCosts,
  isPattern,
  NO_COST,
  type RunId,
  type RunRecord,
  rankOf,
  revisionOf,
  type StageDeclaration,
  toCostView,
} from "@holdfast/core";
import type { ArtifactStore } from "../files/artifact-store.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { loadOutput } from "../run/outputs.js";
import { runProgress } from "../run/run-progress.js";
import type { AttemptView, RunView, StageView } from "./view-facade.js";

/** The whole view of one run, its output read from its file when it was too large for a row. */
export async function viewRun(opened: Engine, runId: string): Promise<RunView> {
  const { artifacts } = opened.deps;
  const { run, attempts, maps } = await readRun(opened, runId);
  const output = await loadRunOutput(run, artifacts);
  const view = toRunView(run, attempts);
  const { fraction } = runProgress(run, view.stages, maps);
  const costUsd =
    maps.length === 0 ? null : toCostView(maps.reduce((sum, { cost }) => addCosts(sum, cost), NO_COST)).costUsd;
  return { ...view, progress: { ...view.progress, fraction }, costUsd, output: output ?? null };
}

/**
 * A run with what its progress is made of. The run is read last: what it reached is written before any of its records is
 * reopened, so a reader never has the records of after with what was reached before.
 * @throws {RunNotFoundError} RUN_NOT_FOUND
 */
export async function readRun(opened: Engine, runId: string) {
  const { store } = opened.deps;
  const [attempts, maps] = await Promise.all([store.listAttempts(runId as RunId), store.listMaps(runId as RunId)]);
  return { run: await requireRun(opened, runId), attempts, maps };
}

/** @throws {ArtifactMissingError} {ArtifactChangedError} for a large output whose file is not what was recorded. */
export async function loadRunOutput(run: RunRecord, artifacts: ArtifactStore): Promise<unknown> {
  if (run.outputFile === null) return run.output;
  return loadOutput({ kind: "file", ...run.outputFile }, run.id, artifacts);
}

/** Without the text of a large output: for lists. */
export function toRunView(run: RunRecord, attempts: readonly AttemptRecord[]): RunView {
  return {
    id: run.id,
    workflow: run.workflow,
    version: run.version,
    schemaVersion: run.schemaVersion,
    generation: run.generation,
    status: run.status,
    reason: run.reason,
    owner: run.owner,
    input: run.input,
    search: run.search,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    updatedAt: run.updatedAt,
    finishedAt: run.finishedAt,
    timeoutAt: run.timeoutAt,
    wakeAt: run.wakeAt,
    through: run.through,
    retries: run.retries,
    recoveries: run.recoveries,
    lastError: run.lastError,
    lastErrorAt: run.lastErrorAt,
    progress: { ...run.progress, label: titled(run.progress.label, run.stages) },
    stages: toStageViews(run, attempts),
    lease: run.lease,
    output: run.output ?? null,
    error: run.error,
    head: run.head,
    forkedFrom: run.forkedFrom,
    parent: run.parent,
    code: run.code,
    wish: run.wish,
    revision: revisionOf(run),
  };
}

/** A label that is a stage's name is shown with its title. */
function titled(label: string | null, stages: readonly StageDeclaration[] | null): string | null {
  const declared = stages?.find((stage) => stage.name === label);
  return declared === undefined || declared.title === declared.name ? label : `${declared.name} ${declared.title}`;
}

/** Declared stages in their order, then members of patterns and undeclared ones in the order they were first tried. */
function toStageViews(run: RunRecord, attempts: readonly AttemptRecord[]): readonly StageView[] {
  const declared = run.stages ?? [];
  const byStage = new Map<string, AttemptRecord[]>();
  for (const declaration of declared) if (!isPattern(declaration)) byStage.set(declaration.name, []);
  for (const attempt of attempts) byStage.set(attempt.stage, [...(byStage.get(attempt.stage) ?? []), attempt]);
  const names = [...byStage.keys()];
  const rank = (name: string) => {
    const found = rankOf(name, declared);
    return found < 0 ? declared.length : found;
  };
  names.sort((a, b) => rank(a) - rank(b));
  return names.map((name) => {
    const declaration = declared[rankOf(name, declared)];
    const own = byStage.get(name) ?? [];
    return {
      name,
      title: declaration !== undefined && !isPattern(declaration) ? declaration.title : name,
      kind: declaration?.kind ?? "primary",
      label: own.findLast(({ label }) => label !== null)?.label ?? null,
      status: statusOf(own, run.generation),
      attempts: own.map(toAttemptView),
    };
  });
}

/** Of the current generation: its recorded outcome, else what its newest attempt does. */
function statusOf(attempts: readonly AttemptRecord[], generation: number): StageView["status"] {
  const current = attempts.filter((attempt) => attempt.generation === generation);
  const record = current.find((attempt) => attempt.isRecord);
  if (record?.status === "completed" || record?.status === "failed") return record.status;
  const last = current.at(-1);
  if (last === undefined) return "pending";
  if (last.status === "running" || last.status === "waiting") return last.status;
  // A failed attempt without a record will be tried again; a completed one without was reopened.
  return last.status === "interrupted" ? "interrupted" : "pending";
}

function toAttemptView(attempt: AttemptRecord): AttemptView {
  const { attempt: number, generation, status, label, startedAt, finishedAt, error, wait } = attempt;
  return { attempt: number, generation, status, label, startedAt, finishedAt, error, wait };
}
