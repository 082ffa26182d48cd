/** What every act on a run shares: its options, its terms for the store, and the refusal of a caller who saw another state. */
import {
  type AuditAction,
  type ChangeTerms,
  type RunChanged,
  RunChangedError,
  type RunRecord,
  revisionOf,
} from "@holdfast/core";
import type { ActOptions } from "../manage/facade.js";
import { stampOf } from "../manage/stamp.js";
import type { Engine } from "../opened/engine.js";

/** A plain reason, or options. */
export function actOptions(how: string | ActOptions | undefined): ActOptions {
  return typeof how === "string" ? { reason: how } : (how ?? {});
}

/** What the store writes with the change, and compares in its transaction. */
export function termsOf(opened: Engine, action: AuditAction, how: ActOptions): ChangeTerms {
  return { audit: stampOf(opened, action, how.reason), ifRevision: how.expect };
}

/** @throws {RunChangedError} RUN_CHANGED — when the run is not as the caller saw it: said before anything else is. */
export function checkExpected(run: RunRecord, expect: string | undefined): void {
  const found: RunChanged = { kind: "changed", revision: revisionOf(run), status: run.status };
  if (expect !== undefined && expect !== found.revision) throw changed(run.id, found, expect);
}

export function changed(runId: string, { revision, status }: RunChanged, expected = ""): RunChangedError {
  return new RunChangedError({ runId, expected, found: revision, status });
}
