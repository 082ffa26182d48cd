/**
 * Waits in the Store contract (`store.ts`): stages that end by a condition. Each wait has one outcome, recorded as that of
 * any stage in the transaction in which the condition is seen to be true; if its run waits, the same transaction queues it.
 *
 * Who looks: the execution that opened the wait while it has the run (`openWait`), the report that parks the run, and from
 * then on any worker (`wakeWaits`). Each locks the run first, so two never see one condition come true.
 */
import type { StageRecord } from "../attempt.js";
import type { RunId } from "../ids.js";
import type { Fence } from "../lease.js";
import type { WishKind } from "../run.js";
import type { WaitDue, WaitKind, WaitQuestion } from "../wait.js";
import type { ChildRefusal, ChildStart } from "./children.js";

/** A wait that an execution opens, or looks at again. */
export interface WaitOpen {
  readonly stage: string;
  readonly kind: WaitKind;
  /** Null for a wait that only something from outside ends. Counts at the first call; later calls find its instant recorded. */
  readonly due: WaitDue | null;
  /** Of `signal`: the names that end it, the oldest kept signal first. */
  readonly signals?: readonly string[] | undefined;
  /** Of `ask`. */
  readonly question?: WaitQuestion | undefined;
  /** Child run to create, of kinds `child` and `start` only. */
  readonly child?: ChildStart | undefined;
}

/**
 * Output of a wait that ended before its instant: a signal's is `{ name, payload }`, an answer's `{ value, by, at }`. One whose
 * instant came is `null`; that of a sleep is none.
 *
 * Answer to `openWait`.
 */
export type WaitAnswer =
  /** It is open. `leftMs`: time until its instant; null if it has none. */
  | { readonly kind: "open"; readonly wish: WishKind | null; readonly leftMs: number | null }
  /** It has its outcome. */
  | { readonly kind: "settled"; readonly wish: WishKind | null; readonly record: StageRecord }
  /** Its child run cannot be created; nothing was written. */
  | { readonly kind: "refused"; readonly wish: WishKind | null; readonly why: ChildRefusal }
  | { readonly kind: "leaseLost"; readonly heldBy: string | null }
  | { readonly kind: "cancelled"; readonly wish: WishKind };

/** An open wait, as an execution finds it at its begin. */
export interface OpenWaitView {
  readonly stage: string;
  readonly kind: WaitKind;
  /** Time until its instant; null if it has none. */
  readonly leftMs: number | null;
  /** The unfinished child that it waits for; null where it waits for none, or has to be looked at again. */
  readonly childId: RunId | null;
}

/** Answer to `wakeWaits`. */
export interface WaitsWoken {
  /** Waits that ended. */
  readonly settled: readonly { readonly runId: RunId; readonly stage: string }[];
  /** Runs that were queued. */
  readonly woken: readonly RunId[];
  /** Children that were cancelled, or asked to stop, since their parent has ended; left out where there are none. */
  readonly orphaned?: readonly RunId[] | undefined;
}

/** Waits of runs. */
export interface WaitStore {
  /**
   * Strict, fenced. Opens the wait, with `stage.started`, or finds the one that is open, and ends it if its condition is
   * true. The same call again changes nothing, so it is also how an execution looks at a wait.
   */
  openWait(fence: Fence, wait: WaitOpen): Promise<WaitAnswer>;
  /**
   * Strict. Ends waits that are due, of runs that no worker executes, at most `limit`, earliest first. Runs that wait are
   * queued; of paused and queued ones only the outcome is recorded. Also cancels children whose parent has ended, at most
   * `limit`.
   */
  wakeWaits(limit: number): Promise<WaitsWoken>;
  /** Time until `wakeWaits` has something to do, in milliseconds, 0 if it has now; null if no wait has an instant. */
  getNextDueMs(): Promise<number | null>;
  /** Open waits of the run's generation, in the order in which they were opened. */
  listOpenWaits(runId: RunId): Promise<readonly OpenWaitView[]>;
}
