/**
 * What can be done about a run now, and what it would take: from the plan of a resume, the table of moves and the records.
 * Nothing is changed, and no stage runs: the plan calls the workflow function, answered from the records.
 */
import {
  canAct,
  countedRecoveries,
  isPattern,
  type RunId,
  type RunRecord,
  type StageDeclaration,
  withDefaults,
} from "@holdfast/core";
import { isHolderDead } from "../base/identity.js";
import { type Engine, requireRun } from "../opened/engine.js";
import { makePlan } from "../plan/plan.js";
import type { Plan } from "../plan/plan-facade.js";
import { inspectCheckpoints } from "./checkpoints.js";
import { estimateStages, type StageEstimate } from "./estimate.js";
import type { RecoveryOptionsView } from "./facade.js";

/** @throws {RunNotFoundError} RUN_NOT_FOUND */
export async function readRecoveryOptions(opened: Engine, runId: RunId): Promise<RecoveryOptionsView> {
  const run = await requireRun(opened, runId);
  const plan = opened.workflows.has(run.workflow) ? await makePlan(opened, runId, {}) : null;
  const [holder, estimate, checkpoint] = await Promise.all([
    livingHolder(opened, run),
    estimateStages(opened, run),
    summarizeCheckpoints(opened, run),
  ]);
  const { retries, status } = run;
  const policy = withDefaults(run.policy, opened.recoveryDefaults);
  return {
    runId,
    status,
    resume: describeResume(run, plan, holder, estimate),
    restart: describeRestart(run, plan, holder, estimate),
    fork: describeFork(run, plan),
    checkpoint,
    recoveriesLeft: Math.max(0, policy.maxRecoveries - countedRecoveries(run)),
    retriesLeft: Math.max(0, policy.maxRetries - retries),
  };
}

/** Who holds the run and may be alive; null when nobody does. */
async function livingHolder(opened: Engine, run: RunRecord): Promise<string | null> {
  if (run.status !== "running") return null;
  const lease = await opened.deps.store.getLease(run.id);
  if (lease === null || lease.isExpired || isHolderDead(opened.deps, lease)) return null;
  return `${lease.holder} (host ${lease.host}, pid ${lease.pid})`;
}

function describeResume(
  run: RunRecord,
  plan: Plan | null,
  holder: string | null,
  estimate: StageEstimate,
): RecoveryOptionsView["resume"] {
  const why = whyNotResume(run, plan, holder);
  const redoes = plan?.redoes ?? [];
  // What nobody can promise most likely comes all the same: an estimate counts it.
  const ahead = [...redoes, ...(plan?.unknown ?? [])];
  return {
    isAllowed: why === null,
    why,
    fromStage: run.stages === null ? null : (redoes[0] ?? null),
    keepsStages: plan?.keeps ?? [],
    keepsItems: plan === null ? null : sumOrNull(plan.maps.map(({ keep }) => keep)),
    redoesItems: plan === null ? null : plan.itemCalls,
    estimatedMs: run.stages === null || plan === null ? null : estimate.sumMs(ahead, mapTimes(plan)),
    estimatedUsd: plan === null ? null : plan.costUsd,
  };
}

function whyNotResume(run: RunRecord, plan: Plan | null, holder: string | null): string | null {
  if (plan === null) return unregistered(run);
  if (holder !== null) return `${holder} works on it: watch it (holdfast watch), or pause it first`;
  if (run.status === "completed") return "it is completed, nothing is missing: restart it, or fork it from a stage";
  if (run.status !== "running" && !canAct("resume", run.status)) return `it is ${run.status}`;
  const [drift] = plan.drift;
  if (plan.refusal === null) return null;
  if (drift === undefined) return plan.refusal.message;
  return `its workflow was ${drift.was}, is ${drift.now}: accept that with the resume (--accept reuse, or redo)`;
}

function describeRestart(
  run: RunRecord,
  plan: Plan | null,
  holder: string | null,
  estimate: StageEstimate,
): RecoveryOptionsView["restart"] {
  return {
    isAllowed: plan !== null && canAct("restart", run.status),
    why: whyNotRestart(run, plan, holder),
    losesStages: plan?.keeps ?? [],
    estimatedMs:
      run.stages === null || plan === null ? null : estimate.sumMs([...plan.keeps, ...plan.redoes, ...plan.unknown]),
  };
}

function whyNotRestart(run: RunRecord, plan: Plan | null, holder: string | null): string | null {
  if (plan === null) return unregistered(run);
  if (run.status === "queued") return "it is queued: let a worker take it, or cancel it first";
  if (run.status !== "running") return null;
  return `${holder ?? "a dead worker"} holds it: ${holder === null ? "recover" : "pause or cancel"} it first`;
}

/** From a stage whose earlier ones are all recorded: what is kept must be there to be copied. */
function describeFork(run: RunRecord, plan: Plan | null): RecoveryOptionsView["fork"] {
  if (plan === null) return { isAllowed: false, why: unregistered(run), fromStages: [] };
  if (run.stages === null) {
    return {
      isAllowed: false,
      why: "its workflow declares no stages, so there is no order to fork from",
      fromStages: [],
    };
  }
  const fromStages = forkable(run.stages, plan);
  return fromStages.length > 0
    ? { isAllowed: true, why: null, fromStages }
    : { isAllowed: false, why: "its workflow declares patterns of stages only", fromStages };
}

function forkable(stages: readonly StageDeclaration[], { keeps }: Plan): string[] {
  const names = stages.filter((stage) => !isPattern(stage)).map(({ name }) => name);
  const firstOpen = names.findIndex((name) => !keeps.includes(name));
  return firstOpen < 0 ? names : names.slice(0, firstOpen + 1);
}

const unregistered = (run: RunRecord) =>
  `workflow ${run.workflow} is not registered here: add it to the configuration, or use the program that has it`;

const mapTimes = (plan: Plan) => new Map(plan.maps.map(({ stage, timeMs }) => [stage, timeMs] as const));
const sumOrNull = (numbers: readonly (number | null)[]) =>
  numbers.reduce((total, number) => (total === null || number === null ? null : total + number), 0);
const sum = (numbers: readonly number[] = []) => numbers.reduce((total, number) => total + number, 0);

async function summarizeCheckpoints(opened: Engine, run: RunRecord): Promise<RecoveryOptionsView["checkpoint"]> {
  const views = await inspectCheckpoints(opened, run);
  return {
    stages: views.map(({ stage }) => stage),
    sizeBytes: sum(views.map(({ sizeBytes }) => sizeBytes)),
    isValid: views.some(({ isValid }) => isValid === false) ? false : views.every(({ isValid }) => isValid) || null,
  };
}
