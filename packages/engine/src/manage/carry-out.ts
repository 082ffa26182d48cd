/** Writing what was decided. The store asks again in the transaction, so that others may have decided at the same time. */
import type { Actor, AuditStamp } from "@holdfast/core";
import type { Opened } from "../operate/opened.js";
import type { Finding } from "./findings.js";

/** What must still hold in the store's transaction. */
const ABOUT = { stalled: "holder", idle: "idle", neverStarted: "start" } as const;

/** Answers what was carried out by us; others may have been quicker with the rest, or the worker came back. */
export async function carryOutAll(
  opened: Opened,
  findings: readonly Finding[],
  actor: Actor,
  reason: string | null = null,
): Promise<readonly Finding[]> {
  const { store, hints } = opened.deps;
  const carriedOut: Finding[] = [];
  for (const finding of findings) {
    const { decision, runId, token, isHolderDead, cause, limitMs } = finding;
    const audit: AuditStamp = { actor, action: "recover", reason: reason ?? decision.reason };
    const request = {
      runId,
      token,
      about: ABOUT[cause],
      isHolderDead,
      idleForMs: limitMs ?? undefined,
      by: actor.id,
      audit,
    };
    if (!(await store.recover(request, decision))) continue;
    carriedOut.push(finding);
    hints.notify(runId);
  }
  return carriedOut;
}
