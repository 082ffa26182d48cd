/** What every act on a run shares: its options, and the refusal of a caller who saw another state of the run. */
import { RunChangedError, type RunRecord, revisionOf } from "@holdfast/core";
import type { ActOptions } from "../manage/facade.js";

/** A plain reason, or options. */
export function actOptions(how: string | ActOptions | undefined): ActOptions {
  return typeof how === "string" ? { reason: how } : (how ?? {});
}

/** @throws {RunChangedError} RUN_CHANGED — when the run is not as the caller saw it. */
export function checkExpected(run: RunRecord, expect: string | undefined): void {
  const revision = revisionOf(run);
  if (expect === undefined || expect === revision) return;
  throw new RunChangedError({ runId: run.id, expected: expect, found: revision, status: run.status });
}
