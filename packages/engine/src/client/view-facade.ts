/** Runs as callers see them, and which of them to list. Types only. */
import type {
  LeaseView,
  Progress,
  RecordedError,
  RunExclusions,
  RunStatus,
  SearchValue,
  WaitView,
  Wish,
} from "@holdfast/core";

/** One attempt at a stage. */
export interface AttemptView {
  /** Number of the attempt, from 1, going on over resumes and restarts. */
  readonly attempt: number;
  /** Restarts of the run before it, from 1 for a run that was never restarted. */
  readonly generation: number;
  /**
   * `waiting`: a wait that is open, which no worker executes. `interrupted`: stopped from outside (pause, cancel, shutdown,
   * lost lease), which uses up no attempt.
   */
  readonly status: "running" | "waiting" | "completed" | "failed" | "interrupted";
  /** What the caller called it (`label` of the options), as text; null where no label was given. */
  readonly label: string | null;
  /** Milliseconds UTC. */
  readonly startedAt: number;
  /** Milliseconds UTC; null while it runs. */
  readonly finishedAt: number | null;
  /** Why it failed; null unless it did. */
  readonly error: RecordedError | null;
  /** What it waits or waited for; null for what is executed. */
  readonly wait: WaitView | null;
}

/** One stage of a run with its attempts. */
export interface StageView {
  /** Name of the stage, unique in the run. */
  readonly name: string;
  /** Declared title; the name where none was declared. */
  readonly title: string;
  /** The newest label that its attempts were given, as text; null where none was. */
  readonly label: string | null;
  /** Declared kind; `primary` where none was declared. */
  readonly kind: "primary" | "review" | "gate";
  /** `pending` when declared and never tried; `interrupted` when its last attempt was and none runs. */
  readonly status: "pending" | "running" | "waiting" | "completed" | "failed" | "interrupted";
  /** All attempts, of earlier generations too, oldest first. */
  readonly attempts: readonly AttemptView[];
}

/** A run as scripts see it: the JSON of `show`. Fields may be added, never renamed. Instants are milliseconds UTC. */
export interface RunView {
  /** Id of the run. */
  readonly id: string;
  /** Name of its workflow. */
  readonly workflow: string;
  /** Version of the workflow when the run was created; null when it declares none. */
  readonly version: string | null;
  /** Version of the shape of the record. */
  readonly schemaVersion: number;
  /** 1, and one more for each restart. */
  readonly generation: number;
  /** State of the run: one of `RUN_STATUSES`. */
  readonly status: RunStatus;
  /** Why it is in this state, in words; null where nothing needs saying. */
  readonly reason: string | null;
  /** Whose run it is; null when it was started for nobody in particular. */
  readonly owner: string | null;
  /** Input as the workflow's schema returned it, secrets replaced by "[secret]". */
  readonly input: unknown;
  /** Values of the search fields that its workflow declares; those that its input lacks are missing. */
  readonly search: Readonly<Record<string, SearchValue>>;
  /** Milliseconds UTC. */
  readonly createdAt: number;
  /** When it was first claimed, milliseconds UTC; null before. */
  readonly startedAt: number | null;
  /** When its state or progress last changed, milliseconds UTC. */
  readonly updatedAt: number;
  /** When it completed, failed or was cancelled, milliseconds UTC; null while it can go on by itself. */
  readonly finishedAt: number | null;
  /** When idleness will be acted on, milliseconds UTC; null without an `idleTimeoutMs`. */
  readonly timeoutAt: number | null;
  /**
   * When a queued or paused run may be claimed, and when a waiting one goes on at the latest, milliseconds UTC; null for at
   * once, for a pause that waits for a person, or for a wait without an instant.
   */
  readonly wakeAt: number | null;
  /** Stage after which it pauses; null for the whole workflow. */
  readonly through: string | null;
  /** Retries used after idle timeouts. */
  readonly retries: number;
  /** Recoveries used after dead or silent workers. */
  readonly recoveries: number;
  /**
   * Newest failed attempt at a stage or an item, or why the run was recovered last; null when there was none. It is told while
   * the run is tried again, and stays when that went well.
   */
  readonly lastError: RecordedError | null;
  /** Since when that is its last error, milliseconds UTC; null where there is none, or an older version recorded it. */
  readonly lastErrorAt: number | null;
  /** How far it is. */
  readonly progress: Progress & {
    /** Over the whole run, from 0 to 1: 1 once it is completed. Undefined in lists, which do not read the maps of each run. */
    readonly fraction?: number | undefined;
  };
  /**
   * US dollars that the calls of its current generation cost; null where it has no map, or no price is known. Undefined in lists,
   * which do not read the maps of each run; `summaries` has it.
   */
  readonly costUsd?: number | null | undefined;
  /** Declared stages in their order, then others in the order they were first tried. */
  readonly stages: readonly StageView[];
  /** Who executes it; null when nobody does. */
  readonly lease: LeaseView | null;
  /** What the workflow returned; null until completed. In lists null for outputs over 64 KiB. */
  readonly output: unknown;
  /** Why it failed; null unless it did. */
  readonly error: RecordedError | null;
  /** The newest event's number. */
  readonly head: number;
  /** Run and stage that it was forked from; null for others. */
  readonly forkedFrom: { readonly runId: string; readonly stage: string } | null;
  /** Run that started it as its child, and the stage that did; null for others. */
  readonly parent: { readonly runId: string; readonly stage: string } | null;
  /**
   * Digest of the code under which the run records: of its workflow's files ("ts:…", "js:…") or the text of its functions
   * ("text:…"). Null before its first execution, or where none could be told.
   */
  readonly code: string | null;
  /** What was asked of the run's worker and is not carried out yet. */
  readonly wish: Wish | null;
  /** Of its control state, not of its progress: what `expect` of an act is compared with. */
  readonly revision: string;
}

/** Which runs to list, newest first. */
export interface RunListQuery {
  /** Only runs of this owner. Default: all. */
  readonly owner?: string | undefined;
  /** Only runs in this state. Default: all. */
  readonly status?: RunStatus | undefined;
  /** Only runs in any of these states. Default: all. */
  readonly statuses?: readonly RunStatus[] | undefined;
  /** Only runs of this workflow. Default: all. */
  readonly workflow?: string | undefined;
  /** True: only runs that are paused or failed. Default: all. */
  readonly resumable?: boolean | undefined;
  /** Only children of the run with this id. Default: all. */
  readonly parent?: string | undefined;
  /** Only runs whose id starts with this. Default: all. */
  readonly idPrefix?: string | undefined;
  /**
   * Only runs with these values in their search fields (`defineWorkflow({ search })`), without regard to the case of ASCII
   * letters; of a list, any of its values. Default: all.
   */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Runs to leave out: of these workflows, owners, values of search fields or causes of failures. Default: none. */
  readonly not?: RunExclusions | undefined;
  /** Only runs that were made at this instant or later: milliseconds UTC. Default: all. */
  readonly createdSince?: number | undefined;
  /** Only runs that were made before this instant: milliseconds UTC. Default: all. */
  readonly createdBefore?: number | undefined;
  /** Only runs whose calls cost more: US dollars, of the current generation. Default: all. */
  readonly costAboveUsd?: number | undefined;
  /** Only runs whose calls cost less: US dollars, of the current generation. Default: all. */
  readonly costBelowUsd?: number | undefined;
  /**
   * Fingerprint of a cause of failures: only runs that failed for it, or have a failed item of it in their current generation.
   * Default: all.
   */
  readonly cause?: string | undefined;
  /** Only runs that changed, or were executed, at this instant or later: milliseconds UTC. Default: all. */
  readonly updatedSince?: number | undefined;
  /** Default 50, at most 500. */
  readonly limit?: number | undefined;
  /** `next` of the page before. Default: the first page. */
  readonly cursor?: string | undefined;
}
