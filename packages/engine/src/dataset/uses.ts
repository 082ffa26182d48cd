/**
 * Which datasets the stages of a run depend on. Noted when a stage asks for one (`ingest`, `open`, `rows`, the source of a
 * map), not looked for in what it returned: an output may name a dataset anywhere, or not at all.
 */
import type { DatasetUse, RunId, Store } from "@holdfast/core";
import type { Execution } from "../run/execution.js";

export interface DatasetRequest {
  readonly stage: string;
  /** 0 for a map, whose results depend on the dataset over all attempts. */
  readonly attempt: number;
  readonly name: string;
  readonly contentSha256: string;
}

/** Note it, once an execution. Resolves when it may be used; never, when this execution may not write any more. */
export async function noteUse(
  execution: Execution,
  { stage, attempt, name, contentSha256 }: DatasetRequest,
): Promise<void> {
  const once = `${stage}:${attempt}:${name}:${contentSha256}`;
  if (execution.writer.notedUses.has(once)) return;
  execution.writer.notedUses.add(once);
  await note(execution, { stage, attempt, forget: "none", datasets: [{ name, contentSha256, isSource: false }] });
}

/**
 * What the results of a map are made of: its source in place of the one before, and, where all results are made again,
 * nothing of what they were made with.
 */
export async function noteSource(
  execution: Execution,
  stage: string,
  source: { readonly name: string; readonly digest: string } | null,
  isAllAgain: boolean,
): Promise<void> {
  if (source === null && !isAllAgain) return;
  const datasets = source === null ? [] : [{ name: source.name, contentSha256: source.digest, isSource: true }];
  await note(execution, { stage, attempt: 0, forget: isAllAgain ? "all" : "source", datasets });
}

async function note(execution: Execution, uses: Parameters<Store["noteDatasets"]>[1]): Promise<void> {
  const outcome = await execution.deps.store.noteDatasets(execution.subject.fence, uses);
  if (!execution.writer.accepts(outcome)) await new Promise<never>(() => {});
}

/** The uses that count: of the attempt that a stage recorded, or of its newest; and all of a map. */
export async function usesOf(
  store: Pick<Store, "listDatasetUses" | "loadHistory">,
  runId: RunId,
): Promise<readonly DatasetUse[]> {
  const uses = await store.listDatasetUses(runId);
  if (uses.length === 0) return [];
  const attempts = new Map<string, number>();
  for (const { stage, attempt } of uses) attempts.set(stage, Math.max(attempts.get(stage) ?? 0, attempt));
  for (const { stage, record } of await store.loadHistory(runId)) {
    if (record !== null) attempts.set(stage, record.attempt);
  }
  return uses.filter(({ stage, attempt }) => attempt === 0 || attempt === attempts.get(stage));
}
