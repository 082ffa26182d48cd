/** What a rehearsed resume tells, and what it is made of. How it is played is in `rehearse.ts`. */
import type { Clock, DriftItem, MapState, RunRecord, StageHistory, Store } from "@holdfast/core";
import type { ArtifactStore } from "../files/artifact-store.js";
import type { ItemCount } from "../map/count-items.js";
import type { Terms } from "../run/drift-terms.js";
import type { Workflow } from "../workflow/define-workflow.js";

/**
 * `keep`: the record answers. `run`: an attempt begins. `refuse`: it no longer fits, and nobody accepted that. `unknown`:
 * that depends on what stages before it return.
 */
export type Fate = "keep" | "run" | "refuse" | "unknown";

export interface RehearsedMap {
  /** What its results are compared with. */
  readonly configHash: string;
  /** Null where it does not run, or nobody can tell what it would do. */
  readonly count: ItemCount | null;
}

/** How the run would end or rest. */
export interface Ending {
  readonly status: "completed" | "failed" | "paused";
  readonly reason: string | null;
}

export interface Rehearsal {
  readonly fates: ReadonlyMap<string, Fate>;
  readonly maps: ReadonlyMap<string, RehearsedMap>;
  /** What recorded results depend on and is not as it was, as far as the records let it be looked at. */
  readonly drift: readonly DriftItem[];
  /** Of the drift, what a resume is refused for: found before anything would be executed. */
  readonly refused: readonly DriftItem[];
  /** Null where stages come whose output decides. */
  readonly ending: Ending | null;
  /** Of stages that begin and were tried before: what is wrong with their checkpoint; null where nothing is. */
  readonly checkpoints: ReadonlyMap<string, DriftItem | null>;
}

export interface RehearsalParts {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
}

export interface RehearsalRequest {
  readonly workflow: Workflow;
  /** As the execution would find it: with its directive, its `through`, and the input that the workflow sees. */
  readonly run: RunRecord;
  readonly history: readonly StageHistory[];
  readonly maps: readonly MapState[];
  readonly terms: Terms;
  /** False: for the refusals alone, which need no source to be walked. */
  readonly isCounting: boolean;
}
