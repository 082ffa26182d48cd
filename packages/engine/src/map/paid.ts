/**
 * Answers that may not be recorded: kept in `paid_result`, without a fence, until the next execution adopts them.
 */
import { type ItemIntent, type ItemResultWrite, isPaid } from "@holdfast/core";
import type { Execution } from "../run/execution.js";
import type { Commits } from "./commits.js";
import type { OpenCall } from "./open-map.js";
import { findAdoptable } from "./paid-before.js";
import { modelCostOf } from "./spend.js";

/** Answers paid for after an earlier lease was lost become results instead of being paid again. */
export async function adoptPaid(
  execution: Execution,
  call: OpenCall,
  commits: Commits,
  openIntents: readonly ItemIntent[],
  log: (message: string, data?: unknown) => void,
): Promise<void> {
  const {
    deps,
    subject: { run },
  } = execution;
  const adoptable = await findAdoptable(deps.store, run.id, call, openIntents);
  if (adoptable.length === 0) return;
  for (const { key, entry, intent } of adoptable) {
    commits.closeIntents(commits.leftIntents(key));
    commits.addResult(
      {
        index: intent.index,
        key,
        attempt: intent.attempt,
        outcome: "ok",
        outputJson: entry.outputJson,
        errorJson: null,
        category: null,
        itemSha256: entry.itemSha256,
        ms: 0,
        cost: entry.cost,
        models: modelCostOf({ usage: parseUsage(entry.usageJson) }, entry.cost),
        usageJson: entry.usageJson,
      },
      null,
    );
  }
  // Durable before items are selected: what is adopted is done.
  await commits.drain();
  const count = adoptable.length;
  log(`adopted ${count} answers that were paid for before`, { count });
}

/** What was saved by another process is read as data: a usage that is none names no model. */
function parseUsage(json: string | null): unknown {
  try {
    return JSON.parse(json ?? "null");
  } catch {
    return null;
  }
}

/**
 * An answer that may not be recorded any more: kept unfenced, for the next owner to adopt. What cost nothing that we know of
 * is kept only where the store is to blame: a successor that took the run over makes it anew.
 */
export function keepPaid(execution: Execution, call: OpenCall, result: ItemResultWrite): void {
  const { key, outcome, itemSha256, outputJson, cost, usageJson } = result;
  const isKept = isPaid(cost) || execution.stopping.stopped?.why === "storeFailed";
  if (outcome !== "ok" || !isKept) return;
  const { stage, configHash } = call;
  const runId = execution.subject.run.id;
  const paid = { runId, stage, key, configHash, itemSha256, outputJson, cost, usageJson };
  // Where it cannot be kept, the open intent still says that the call may have been charged.
  execution.paid.keep(execution.deps.late.savePaid(paid));
}
