/**
 * How long stages take, from how long they took: in this run before, else in the newest completed runs of its workflow.
 * A stage that nobody has seen complete makes the sum unknown. Stages count one after the other, so that what runs side
 * by side is over-estimated, never promised.
 */
import type { AttemptRecord, RunRecord } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";

/** Enough to tell a typical run from an odd one, cheap enough to ask on every look. */
const RECENT_RUNS = 5;

export interface StageEstimate {
  /** Their sum; `known` goes before what was measured (the rest of a map, at its own pace). Null where one is unknown. */
  sumMs(stages: readonly string[], known?: ReadonlyMap<string, number | null>): number | null;
}

export async function estimateStages(opened: Engine, run: RunRecord): Promise<StageEstimate> {
  const { store } = opened.deps;
  const own = durations(await store.listAttempts(run.id));
  let others: ReadonlyMap<string, readonly number[]> = new Map();
  const isMissing = (run.stages ?? []).some(({ name }) => !own.has(name));
  if (isMissing) {
    const { rows } = await store.listRuns({ workflow: run.workflow, status: "completed", limit: RECENT_RUNS });
    const attempts = await store.listAttemptsOf(rows.map(({ id }) => id));
    others = durations([...attempts.values()].flat());
  }
  return {
    sumMs: (stages, known) => {
      let totalMs = 0;
      for (const stage of stages) {
        // A pattern of names stands for stages that nobody has named yet.
        const ms = known?.get(stage) ?? median(own.get(stage) ?? others.get(stage) ?? []);
        if (ms === null) return null;
        totalMs += ms;
      }
      return Math.round(totalMs);
    },
  };
}

/** By stage: how long its completed attempts took. */
function durations(attempts: readonly AttemptRecord[]): Map<string, number[]> {
  const byStage = new Map<string, number[]>();
  for (const { stage, status, startedAt, finishedAt } of attempts) {
    if (status !== "completed" || finishedAt === null) continue;
    byStage.set(stage, [...(byStage.get(stage) ?? []), finishedAt - startedAt]);
  }
  return byStage;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
