/** Reads what advice about a run depends on: which of its items failed of what, and which budget paused it. */
import type { RunId } from "@holdfast/core";
import type { Holdfast, RunView } from "@holdfast/engine";
import type { FailedItems, RunFacts } from "./output/advice.js";

/** The event stands directly before the pause that it caused. */
const EVENTS_BEFORE_PAUSE_MAX = 50;

export async function factsOfRun(holdfast: Holdfast, run: RunView): Promise<RunFacts> {
  const isBudget = run.status === "paused" && run.reason === "budget";
  return {
    failedItems: run.progress.failed === 0 && run.reason !== "items_failed" ? [] : await findFailed(holdfast, run),
    budget: isBudget ? await findBudget(holdfast, run) : null,
  };
}

async function findFailed({ store }: Holdfast, { id }: RunView): Promise<readonly FailedItems[]> {
  const runId = id as RunId;
  const maps = (await store.listMaps(runId)).filter(({ errorCount }) => errorCount > 0);
  return Promise.all(
    maps.map(async ({ stage, errorCount, total }) => {
      const byCategory = Object.entries(await store.countErrors(runId, stage)).sort(([, a], [, b]) => b - a);
      const [category, count] = byCategory[0] ?? ["other", errorCount];
      const [example] = await store.listItems(runId, stage, { outcome: "error", category, limit: 1 });
      return { stage, failed: errorCount, total, category, count, message: example?.error?.message ?? "unknown" };
    }),
  );
}

async function findBudget({ store }: Holdfast, { id, head }: RunView): Promise<RunFacts["budget"]> {
  const after = Math.max(0, head - EVENTS_BEFORE_PAUSE_MAX);
  const limit = EVENTS_BEFORE_PAUSE_MAX;
  const reached = await store.listEvents(id as RunId, { after, limit, type: "budget.reached" });
  const last = reached.at(-1);
  return last?.type === "budget.reached" ? last.data : null;
}
