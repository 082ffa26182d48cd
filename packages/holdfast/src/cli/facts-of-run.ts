/** Reads what advice about a run depends on: which of its items failed of what, and which budget paused it. */
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

async function findFailed({ runs }: Holdfast, { id }: RunView): Promise<readonly FailedItems[]> {
  const maps = (await runs.maps(id)).filter(({ runId, failed }) => runId === id && failed > 0);
  return Promise.all(
    maps.map(async ({ stage, failed, total, errors }) => {
      const byCategory = Object.entries(errors).sort(([, a], [, b]) => b - a);
      const [category, count] = byCategory[0] ?? ["other", failed];
      const [example] = (await runs.items(id, stage, { outcome: "error", category, limit: 1 })).rows;
      const message = example?.outcome === "error" ? example.error.message : "unknown";
      return { stage, failed, total, category, count, message };
    }),
  );
}

async function findBudget({ runs }: Holdfast, { id, head }: RunView): Promise<RunFacts["budget"]> {
  const after = Math.max(0, head - EVENTS_BEFORE_PAUSE_MAX);
  const limit = EVENTS_BEFORE_PAUSE_MAX;
  const reached = await runs.events(id, { after, limit, type: "budget.reached" });
  const last = reached.at(-1);
  return last?.type === "budget.reached" ? last.data : null;
}
