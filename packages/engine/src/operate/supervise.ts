/**
 * The supervisor: finds running runs whose holder died or fell silent, or that idle too long, and carries out what
 * `decideRecovery` says. Any number of supervisors may scan at once: the store asks again in the transaction.
 */
import { decideRecovery, type RecoveryDecision, type RunId, type RunningFacts } from "@holdfast/core";
import type { Opened } from "./opened.js";

const PAGE_COUNT = 200;

export interface RecoveryFinding {
  readonly runId: RunId;
  readonly workflow: string;
  readonly holder: string;
  readonly isHolderDead: boolean;
  readonly decision: RecoveryDecision;
}

/** What there is to recover, decided but not written. */
export async function findRecoveries(
  opened: Opened,
): Promise<readonly (RecoveryFinding & { readonly token: number })[]> {
  const { store, isProvenDead } = opened.deps;
  const findings: (RecoveryFinding & { token: number })[] = [];
  for (let after: RunId | null = null; ; ) {
    const page: readonly RunningFacts[] = await store.listRunning({ after, limit: PAGE_COUNT });
    for (const { lease, facts, policy } of page) {
      const isHolderDead = isProvenDead(lease.holderIdentity);
      const decision = decideRecovery({ ...facts, isHolderDead }, policy);
      if (decision.action === "none") continue;
      const { runId, workflow, token } = lease;
      findings.push({ runId, workflow, holder: lease.holder, isHolderDead, decision, token });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_COUNT) return findings;
    after = last.lease.runId;
  }
}

/** Find and carry out. Answers what was recovered by us; others may have been quicker with the rest. */
export async function recoverAll(
  opened: Opened,
  by: string,
  isAsked: (finding: RecoveryFinding) => boolean = () => true,
): Promise<readonly RecoveryFinding[]> {
  const { store, hints } = opened.deps;
  const recovered: RecoveryFinding[] = [];
  for (const finding of await findRecoveries(opened)) {
    const { decision, runId, token, isHolderDead } = finding;
    if (decision.action === "none" || !isAsked(finding)) continue;
    if (!(await store.recover({ runId, token, isHolderDead, by }, decision))) continue;
    recovered.push(finding);
    hints.notify(runId);
  }
  return recovered;
}
