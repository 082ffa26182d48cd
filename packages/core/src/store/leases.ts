/**
 * Leases in the Store contract (`store.ts`): claims, heartbeats, recovery of runs whose holder is gone, named
 * resources.
 */
import type { AuditStamp } from "../audit.js";
import type { RunId } from "../ids.js";
import type { Fence, Holder, LeaseFacts, LeaseView } from "../lease.js";
import type { RecoveryDecision, RecoveryFacts, RecoveryPolicy } from "../recovery.js";
import type { RunRecord, WishKind } from "../run.js";
import type { RunStatus } from "../run-status.js";
import type { RunChanged } from "./writes.js";

/** The claiming worker, and how long its lease lasts without a heartbeat. */
export interface ClaimTerms {
  readonly holder: Holder;
  readonly leaseMs: number;
  /** Code hash of each workflow, by name. It becomes the run's if nothing is recorded yet or the run's is unknown. */
  readonly codes?: Readonly<Record<string, string>> | undefined;
}

/** A run claimed by this worker. */
export interface Claim {
  readonly run: RunRecord;
  readonly token: number;
  readonly nonce: string;
  /** A person resumed the run: when replay reaches the recorded failure that ended it, that stage is tried again. */
  readonly isReopening: boolean;
}

/** A worker's request for queued runs. */
export interface ClaimRequest extends ClaimTerms {
  /** Workflows whose runs the worker takes. A worker never judges a run of a workflow that it does not know. */
  readonly workflows: readonly string[];
  readonly limit: number;
  /**
   * Number of deaths in a row (`RunRecord.deaths`) after which a run executes alone. 1 suits workers that have a
   * process for each run. 2, the default, suits workers whose other runs would have to wait meanwhile: most deaths are
   * the machine's fault.
   */
  readonly aloneAfter?: 1 | 2 | undefined;
  /**
   * Treatment of runs that must execute alone:
   * - "first", the default, is for a process that executes nothing. If such a run is due, the claim gives it alone, and
   *   the process takes nothing else until the run has recorded an outcome or ended.
   * - "none" is for a process that executes something. It leaves these runs out, and also what was queued after one
   *   that has been due for `SUSPECT_PATIENCE_MS`, so that a process that is never idle becomes idle for it.
   * - "only" is for a process started for such a run: at most one of them and nothing else.
   */
  readonly suspects?: "first" | "none" | "only" | undefined;
}

/** How long a suspect run waits for an idle process before busy processes stop taking other runs, in milliseconds. */
export const SUSPECT_PATIENCE_MS = 10_000;

/** Answer to a request for one run; `held` names the holder. */
export type ClaimRunOutcome =
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "held"; readonly lease: LeaseView }
  | { readonly kind: "refused"; readonly status: RunStatus }
  /** It has ended, and this run of its dedupe key is active. */
  | { readonly kind: "duplicate"; readonly runId: RunId; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

/** A lease that one worker renews. */
export interface Beat extends Fence {
  readonly leaseMs: number;
}

/** Answer to a heartbeat: the lease was extended (with any pending wish) or is lost. */
export type BeatAnswer =
  | { readonly kind: "extended"; readonly wish: WishKind | null }
  | { readonly kind: "lost"; readonly heldBy: string | null };

/** Connection of a heartbeat thread, with the one write it makes, synchronous or not. */
export interface Beats {
  beat(beats: readonly Beat[]): readonly BeatAnswer[] | Promise<readonly BeatAnswer[]>;
  close(): void | Promise<void>;
}

/** A running run with the facts that `decideRecovery` needs, from one read. */
export interface RunningFacts {
  readonly lease: LeaseFacts;
  readonly policy: RecoveryPolicy;
  /** Same as `RunRecord.deaths`. */
  readonly deaths: number;
  /** All facts but `isHolderDead`, which only a process on the holder's host can know. */
  readonly facts: Omit<RecoveryFacts, "isHolderDead">;
}

/** How long an active run has been in its present state, by the store's clock. Its health is judged from this. */
export interface RunActivity {
  readonly status: "queued" | "running" | "waiting" | "paused";
  /**
   * Running: since the last recorded stage, checkpoint, item or progress call. Queued: since it could first have been
   * claimed; 0 before then. Waiting, paused: since it waits or was paused.
   */
  readonly idleForMs: number;
  /** Null unless the run is running. */
  readonly running: RunningFacts | null;
}

/** The run that a decision is about, and what must still hold when it is applied. */
export interface RecoverRequest {
  readonly runId: RunId;
  /** Token of the lease that was judged; 0 for a run that no worker ever claimed. */
  readonly token: number;
  /**
   * Condition to re-check. "holder": its holder is dead or silent. "idle": that, or no progress for `idleForMs`.
   * "start": it is queued, was never taken, and has waited for `idleForMs` or longer. Default: "idle".
   */
  readonly about?: "holder" | "idle" | "start" | undefined;
  /**
   * Deaths of the run that the decision counted. If an outcome sent by its dead worker has arrived since and reset the
   * count, the decision no longer applies. Default: not checked.
   */
  readonly deaths?: number | undefined;
  /** The caller has proof that the holder is dead. */
  readonly isHolderDead: boolean;
  /** Idle or waiting time that the decision was based on. Default: the policy's limit. */
  readonly idleForMs?: number | undefined;
  readonly by: string;
  readonly audit?: AuditStamp | null | undefined;
}

/** Leases on runs and on named resources, and recovery of runs whose holder is gone. */
export interface LeaseStore {
  /** Strict. Claims up to `limit` due runs from the queue, oldest first. Never gives one run to two workers. */
  claim(request: ClaimRequest): Promise<readonly Claim[]>;
  /** Returns whether a run of these workflows that has died at least once is queued and due. */
  hasSuspects(workflows: readonly string[]): Promise<boolean>;
  /** Returns the lease of a running run with the data needed to prove its holder's death; null if nobody holds it. */
  getLease(runId: string): Promise<LeaseFacts | null>;
  /** Soft. Extends the leases and answers each heartbeat, in order. */
  beat(beats: readonly Beat[]): Promise<readonly BeatAnswer[]>;
  /** All running runs with the facts for a recovery decision, ordered by run ID, up to `limit` after `after`. */
  listRunning(options: { readonly after: RunId | null; readonly limit: number }): Promise<readonly RunningFacts[]>;
  /** The same for one run; null if it is not running. */
  getRunningFacts(runId: string): Promise<RunningFacts | null>;
  /**
   * Activity of those of these runs that are active, in one read. Finished and unknown runs are missing from the
   * answer.
   */
  listActivityOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunActivity>>;
  /**
   * Strict. Applies a decision if the lease still has this token and the condition still holds; the transaction checks
   * both. Otherwise writes nothing and returns `false`.
   */
  recover(request: RecoverRequest, decision: Exclude<RecoveryDecision, { action: "none" }>): Promise<boolean>;
  /** Strict. Queues paused runs that are due and returns their number. */
  wakePaused(limit: number): Promise<number>;

  /** Strict, fenced. Takes all of the named resources or none. A resource whose run lost its lease is free. */
  acquireResources(
    fence: Fence,
    resources: readonly string[],
  ): Promise<
    | { readonly kind: "acquired"; readonly token: number }
    | {
        readonly kind: "held";
        readonly resource: string;
        readonly by: { readonly runId: RunId; readonly holder: string };
      }
    | { readonly kind: "leaseLost"; readonly heldBy: string | null }
    /** A cancel or fail is pending: the lease allows nothing but the final report. */
    | { readonly kind: "cancelled"; readonly wish: WishKind }
  >;
  /** Soft, fenced by the run's lease. Releasing a resource that the run does not hold is no error. */
  releaseResources(fence: Fence, resources: readonly string[]): Promise<void>;
}
