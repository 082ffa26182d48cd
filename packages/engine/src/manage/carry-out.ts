/** Writing what was decided. The store asks again in the transaction, so that others may have decided at the same time. */
import type { Actor } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import type { Finding } from "./findings.js";

/** At the same time: they share their commits, so that a hundred runs of a dead worker do not wait for a hundred syncs. */
const AT_ONCE = 50;

/** What must still hold in the store's transaction. */
const ABOUT = { stalled: "holder", idle: "idle", neverStarted: "start" } as const;

export interface CarryOut {
  readonly actor: Actor;
  /** For the audit; null takes what was decided. */
  readonly reason: string | null;
  /** Told of each that was carried out by us, in order; others may have been quicker, or the worker came back. */
  readonly onDone: (finding: Finding) => void;
}

/** The first refusal of the store is thrown when those sent with it are settled and told. */
export async function carryOutAll(opened: Engine, findings: readonly Finding[], how: CarryOut): Promise<void> {
  for (let from = 0; from < findings.length; from += AT_ONCE) {
    const some = findings.slice(from, from + AT_ONCE);
    const outcomes = await Promise.allSettled(some.map((finding) => carryOut(opened, finding, how)));
    some.forEach((finding, i) => {
      const outcome = outcomes[i];
      if (outcome?.status !== "fulfilled" || !outcome.value) return;
      how.onDone(finding);
      opened.deps.hints.notify(finding.runId);
      opened.deps.hints.notifyAnyFreed();
    });
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

function carryOut(opened: Engine, finding: Finding, { actor, reason }: CarryOut): Promise<boolean> {
  const { decision, runId, token, deaths, isHolderDead, cause, limitMs } = finding;
  const request = {
    runId,
    token,
    deaths: deaths ?? undefined,
    about: ABOUT[cause],
    isHolderDead,
    idleForMs: limitMs ?? undefined,
    by: actor.id,
    audit: { actor, action: "recover", reason: reason ?? decision.reason },
  } as const;
  return opened.deps.store.recover(request, decision);
}
