/**
 * Leases in the Store contract (`store.ts`): claims, beats, recovery of runs whose holder is gone, named resources.
 */
import type { AuditStamp } from "../audit.js";
import type { RunId } from "../ids.js";
import type { Fence, Holder, LeaseFacts, LeaseView } from "../lease.js";
import type { RecoveryDecision, RecoveryFacts, RecoveryPolicy } from "../recovery.js";
import type { RunRecord, WishKind } from "../run.js";
import type { RunStatus } from "../run-status.js";
import type { RunChanged } from "./writes.js";

/** Who claims, and for how long without a beat. */
export interface ClaimTerms {
  readonly holder: Holder;
  readonly leaseMs: number;
  /** What the code of each workflow is, by name: taken as the run's where nothing was recorded yet, or none is known. */
  readonly codes?: Readonly<Record<string, string>> | undefined;
}

/** A run taken by this worker. `askedAtMs` is set by the caller, from before the call. */
export interface Claim {
  readonly run: RunRecord;
  readonly token: number;
  readonly nonce: string;
  /** A person resumed the run: the recorded failure that ended it, once replayed, is tried again. */
  readonly isReopening: boolean;
}

/** A worker's request for queued runs. */
export interface ClaimRequest extends ClaimTerms {
  /** Only runs of these workflows; a worker never judges what it does not know. */
  readonly workflows: readonly string[];
  readonly limit: number;
  /**
   * After how many deaths in a row (`RunRecord.deaths`) a run is executed alone. 1 is for workers that have a process for
   * each run; 2, the default, for those whose other runs would have to wait meanwhile: most deaths are the machine's.
   */
  readonly aloneAfter?: 1 | 2 | undefined;
  /**
   * What becomes of the runs that are executed alone. "first", the default and for a process that executes
   * nothing: where one is due, it alone is given, and the process takes nothing else until it has recorded an outcome or
   * ended. "none", for a process that executes something: they are left out, and so is what came into the queue after one
   * that has been due for `SUSPECT_PATIENCE_MS`, so that a process that is never idle comes to rest for it. "only": at most
   * one of them and nothing else, for a process made for it.
   */
  readonly suspects?: "first" | "none" | "only" | undefined;
}

/** How long a run under suspicion waits for an idle process before those at work stop taking other runs: milliseconds. */
export const SUSPECT_PATIENCE_MS = 10_000;

/** The answer to a request for one run; `held` tells by whom. */
export type ClaimRunOutcome =
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "held"; readonly lease: LeaseView }
  | { readonly kind: "refused"; readonly status: RunStatus }
  | RunChanged
  | { readonly kind: "notFound" };

/** A lease that one worker renews. */
export interface Beat extends Fence {
  readonly leaseMs: number;
}

/** The answer to a beat: extended, with what a person asked meanwhile, or lost. */
export type BeatAnswer =
  | { readonly kind: "extended"; readonly wish: WishKind | null }
  | { readonly kind: "lost"; readonly heldBy: string | null };

/** What a heartbeat thread holds: the one write it makes, synchronous or not. */
export interface Beats {
  beat(beats: readonly Beat[]): readonly BeatAnswer[] | Promise<readonly BeatAnswer[]>;
  close(): void | Promise<void>;
}

/** A running run with what `decideRecovery` asks, as one read. */
export interface RunningFacts {
  readonly lease: LeaseFacts;
  readonly policy: RecoveryPolicy;
  /** As `RunRecord.deaths`. */
  readonly deaths: number;
  /** All facts but `isHolderDead`, which only a process of the holder's host can know. */
  readonly facts: Omit<RecoveryFacts, "isHolderDead">;
}

/** How long an active run has been as it is, by the store's clock: what its health is judged from. */
export interface RunActivity {
  readonly status: "queued" | "running" | "paused";
  /**
   * Running: since the last recorded stage, checkpoint, item or progress call. Queued: since it could first have been
   * claimed, 0 before. Paused: since it was paused.
   */
  readonly idleForMs: number;
  /** Null unless it is running. */
  readonly running: RunningFacts | null;
}

/** Which run a decision is about, and what must still hold for it to be carried out. */
export interface RecoverRequest {
  readonly runId: RunId;
  /** Of the lease decided about; 0 for a run that nobody ever took. */
  readonly token: number;
  /**
   * "holder": its holder is dead or silent. "idle": that, or no progress for `idleForMs`. "start": it is queued, was never
   * taken, and waits for `idleForMs` or longer. Left out: as "idle".
   */
  readonly about?: "holder" | "idle" | "start" | undefined;
  /**
   * The run's deaths that the decision counted. An outcome that its dead worker had sent may have arrived since and begun the
   * count anew: then another decision is due. Left out: not asked.
   */
  readonly deaths?: number | undefined;
  /** The caller's proof of death. */
  readonly isHolderDead: boolean;
  /** The idleness, or the wait, that the decision was about; left out, the policy's limit. */
  readonly idleForMs?: number | undefined;
  readonly by: string;
  readonly audit?: AuditStamp | null | undefined;
}

/** Leases on runs and on named resources, and the recovery of those whose holder is gone. */
export interface LeaseStore {
  /** Strict. Claims up to `limit` queued runs whose time has come, oldest first. Never gives one run to two workers. */
  claim(request: ClaimRequest): Promise<readonly Claim[]>;
  /** Whether a run of these workflows that has died once or more is queued and due. */
  hasSuspects(workflows: readonly string[]): Promise<boolean>;
  /** The lease of a running run with what its holder's death can be proven by; null when nobody holds it. */
  getLease(runId: string): Promise<LeaseFacts | null>;
  /** Soft. One answer for each beat, in order. */
  beat(beats: readonly Beat[]): Promise<readonly BeatAnswer[]>;
  /** All running runs with the facts of a recovery decision, by run, `limit` at a time after `after`. */
  listRunning(options: { readonly after: RunId | null; readonly limit: number }): Promise<readonly RunningFacts[]>;
  /** The same of one run; null when it is not running. */
  getRunningFacts(runId: string): Promise<RunningFacts | null>;
  /** Of those of these runs that are active, in one read; finished and unknown ones are missing in the answer. */
  listActivityOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunActivity>>;
  /**
   * Strict. Carries out a decision about a run whose lease is still `token` and of which what was decided about still
   * holds: both are asked again in the transaction. False when they do not; then nothing is written.
   */
  recover(request: RecoverRequest, decision: Exclude<RecoveryDecision, { action: "none" }>): Promise<boolean>;
  /** Paused runs whose time to resume has come are queued. Strict. How many. */
  wakePaused(limit: number): Promise<number>;

  /** Strict, fenced. All of the named resources or none; the lease of a run that lost its own is free. */
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
    /** A cancel or fail was asked for: the lease is good for nothing but the report. */
    | { readonly kind: "cancelled"; readonly wish: WishKind }
  >;
  /** Soft, fenced by the run's lease; releasing what is not held is no error. */
  releaseResources(fence: Fence, resources: readonly string[]): Promise<void>;
}
