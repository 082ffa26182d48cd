/** The results of the origin that a map of a forked run takes over. */
import { type ItemRecord, NO_COST } from "@holdfast/core";
import type { Execution } from "../run/execution.js";
import type { Commits } from "./commits.js";
import type { OpenCall } from "./open-map.js";
import { reusableHashes, splitReusable } from "./paid-before.js";
import type { Candidate } from "./selection.js";

/**
 * In a forked run, results of the origin are taken over where they were made of the same row under the same config: they
 * were paid for once. Items without a row's hash cannot be told to be the same, so they are done again.
 */
export async function* withoutReused(
  execution: Execution,
  call: OpenCall,
  commits: Commits,
  pages: AsyncIterable<readonly Candidate[]>,
): AsyncIterable<readonly Candidate[]> {
  const {
    deps,
    subject: { run },
  } = execution;
  if (run.forkedFrom === null) {
    yield* pages;
    return;
  }
  const configHashes = reusableHashes(call.configHash, call.options.config);
  for await (const page of pages) {
    const { open, reused } = await splitReusable(
      deps.store,
      run.forkedFrom.runId,
      { stage: call.stage, configHashes },
      page,
    );
    for (const { item, record } of reused) {
      commits.addResult({ ...reusedResult(record), index: item.index, itemSha256: item.itemSha256 }, null);
    }
    if (open.length > 0) yield open;
  }
}

/** A result taken over: nothing was called, so nothing was spent. */
function reusedResult(record: ItemRecord) {
  const { key, label, outputJson, usageJson, startedAt, finishedAt } = record;
  return {
    key,
    label,
    attempt: 1,
    outcome: "ok" as const,
    outputJson,
    errorJson: null,
    category: null,
    ms: finishedAt - startedAt,
    cost: NO_COST,
    usageJson,
  };
}
