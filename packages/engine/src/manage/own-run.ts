/**
 * A run that is executed in the foreground, judged by its own process: no worker may be there to do it. The decision is the
 * supervisor's; where it would queue the run again, the run is paused for its user, since nobody here would take it.
 */
import { HoldfastError, type RunRecord, withDefaults } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import { carryOutAll } from "./carry-out.js";
import { type Finding, findRecoveries } from "./findings.js";

/** Until the signal aborts. */
export async function superviseOwnRun(engine: Engine, { id, policy }: RunRecord, signal: AbortSignal): Promise<void> {
  const { idleTimeoutMs, idleCheckMs } = withDefaults(policy, engine.recoveryDefaults);
  if (idleTimeoutMs === null) return;
  const actor = { id: engine.deps.holder.name, via: "supervisor", requestId: null } as const;
  while (!signal.aborted) {
    await engine.deps.clock.sleep(idleCheckMs, signal);
    if (signal.aborted) return;
    try {
      const { findings } = await findRecoveries(engine, { runId: id, causes: ["idle"] });
      await carryOutAll(engine, findings.map(pauseInstead), { actor, reason: null, onDone: () => {} });
    } catch (error) {
      // The store's trouble: the next look makes up for it.
      if (!(error instanceof HoldfastError)) throw error;
    }
  }
}

function pauseInstead(finding: Finding): Finding {
  if (finding.decision.action !== "resume") return finding;
  return { ...finding, action: "pause", decision: { ...finding.decision, action: "pause", uses: "nothing" } };
}
