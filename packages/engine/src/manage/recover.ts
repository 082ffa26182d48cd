/** `management.recover` and `checkTimeouts`: the supervisor's look, made now, in a person's name, or only shown. */
import { findPolicyProblem, PlanStaleError, RunNotFoundError, WrongUseError } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import { carryOutAll } from "./carry-out.js";
import type { LeftRun, ManagedRun, ManagementReport, RecoverOptions } from "./facade.js";
import { findRecoveries, planIdOf, type ScanScope, toManagedRun } from "./findings.js";

/**
 * @throws {PlanStaleError} PLAN_STALE — what is found is not what the given plan showed; nothing was done.
 * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {WrongUseError} WRONG_USE — for a limit that cannot be meant.
 */
export async function recover(
  opened: Engine,
  options: RecoverOptions,
  causes?: ScanScope["causes"],
): Promise<ManagementReport> {
  const { runId, reason, checkOnly = false, explain = false, afresh = false, planId: expected } = options;
  const { idleTimeoutMs, maxRetries, maxRecoveries } = options;
  if (runId !== undefined && (await opened.deps.store.getRun(runId)) === null) throw new RunNotFoundError({ runId });
  if (afresh && !checkOnly) {
    throw new WrongUseError({
      problem: "management.recover: afresh is for checkOnly; resetRecoveries changes the counts.",
    });
  }
  const limits = { idleTimeoutMs, maxRetries, maxRecoveries };
  const problem = findPolicyProblem(limits);
  if (problem !== null) throw new WrongUseError({ problem: `${problem}.` });
  const left: LeftRun[] = [];
  const onLeft = explain ? (run: LeftRun) => left.push(run) : undefined;
  const { scanned, findings } = await findRecoveries(opened, { runId, limits, isAfresh: afresh, causes, onLeft });
  const planId = planIdOf(findings);
  if (expected !== undefined && expected !== planId) throw new PlanStaleError({ runId: runId ?? null });
  const explained = explain ? { left } : {};
  if (checkOnly) return { planId, isCheckOnly: true, scanned, runs: findings.map(toManagedRun), ...explained };
  const runs: ManagedRun[] = [];
  await carryOutAll(opened, findings, {
    actor: opened.actor,
    reason: reason ?? null,
    onDone: (finding) => runs.push(toManagedRun(finding)),
  });
  return { planId, isCheckOnly: false, scanned, runs, ...explained };
}
