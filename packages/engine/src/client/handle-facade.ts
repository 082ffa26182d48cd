/** Starting a run, and a run as its starter holds it. Types only. */
import type { RecordedError, RunEvent, RunEventType, RunProgress, RunStatus, StartWhen } from "@holdfast/core";
import type { ActOptions } from "../manage/facade.js";
import type { Accept } from "../run/drift-terms.js";
import type { ItemResult } from "../workflow/context.js";
import type { MapRef } from "../workflow/refs.js";
import type { SignalOptions } from "./outside-facade.js";
import type { RunView } from "./view-facade.js";

/** Options of `start`, `startHere` and `run`. */
export interface StartOptions<N extends string = string> extends StartWhen {
  /** Id of the new run: 1 to 128 letters, digits, ".", "_" or "-". Default: a new one, sortable by time. */
  readonly runId?: string | undefined;
  /** Stage after which the run pauses. Default: the whole workflow. */
  readonly through?: N | undefined;
  /** Whose run it is. Default: nobody's. */
  readonly owner?: string | undefined;
  /** The same key of the same owner and workflow returns the run it started before. Default: every start is a new run. */
  readonly idempotencyKey?: string | undefined;
  /**
   * What the key is used for, as a JSON value. A start under the same key for something else is refused with
   * IDEMPOTENCY_KEY_REUSED, even if the run has changed since. Default: the `input` and `through` of this call.
   */
  readonly idempotencyUse?: unknown;
}

/** A run as its starter holds it. Everything is read from the store, so any process may hold one. */
export interface RunHandle<Output = unknown, S = unknown> {
  /** Id of the run. */
  readonly id: string;
  /** Set where `start` was answered with the active run of its dedupe key, and whether this start had another input. */
  readonly joined?: { readonly inputDiffers: boolean } | undefined;
  /** Reads the run with its stages. @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly status: () => Promise<RunView>;
  /**
   * The output. @throws {RunFailedError}, {RunCancelledError}, {RunPausedError} when it ended otherwise;
   * {WorkersStoppedError} WORKERS_STOPPED once the workers of this Holdfast were drained, or it is closed, and the run is
   * unfinished. Where no worker was ever started here it waits for one elsewhere, and warns once after 30 s without any.
   */
  readonly result: (options?: { signal?: AbortSignal | undefined }) => Promise<Output>;
  /**
   * Events after `after` in order, without gaps; with `follow` it goes on until the run has ended or paused, with
   * `throughPauses` until it has ended. Rejects with WORKERS_STOPPED as `result()` does.
   */
  readonly events: (options?: {
    after?: number | undefined;
    follow?: boolean | undefined;
    throughPauses?: boolean | undefined;
    type?: RunEventType | undefined;
    stage?: string | undefined;
    signal?: AbortSignal | undefined;
  }) => AsyncIterable<RunEvent>;
  /**
   * Frames of how far the run is: the newest state whenever it changes, ten a second at most, until the run has ended or is
   * paused until a person acts. Within a generation `fraction` never falls, over kills and resumes too, and it is 1 only of a
   * completed run.
   */
  readonly progress: (options?: { readonly signal?: AbortSignal | undefined }) => AsyncIterable<RunProgress>;
  /** Results of a map of the run in the order of keys, read page by page. */
  readonly items: <T = unknown>(stage: string | MapRef<T>) => AsyncIterable<ItemResult<T>>;
  /** At once when nobody runs it; else its worker obeys at its next heartbeat. */
  readonly pause: (how?: string | ActOptions) => Promise<void>;
  /** Sends a signal of the run's workflow. @throws as `holdfast.sendSignal`. */
  readonly signalRun: <K extends keyof S & string>(
    name: K,
    payload: S[K],
    options?: SignalOptions,
  ) => Promise<"consumed" | "kept">;
  /** Cancels the run: at once when nobody executes it, else its worker obeys at its next heartbeat. */
  readonly cancel: (how?: string | ActOptions) => Promise<void>;
}

/**
 * Options of `run`. Without `idempotencyKey` or `runId` every call is a new run; with one of them, the same call again goes
 * on with the run that the first one started.
 */
export type RunOptions<N extends string = string> = StartOptions<N> & {
  /** A run that was paused before this call: resume it, once, or return it as it is. Default "resume". */
  readonly onPaused?: "resume" | "return" | undefined;
  /** A run that failed before this call: try it again, once, or return it as it is. Default "return". */
  readonly onFailed?: "retry" | "return" | undefined;
  /** What to do about drift; of several, the first that is enough. Default: drift is thrown as DRIFT. */
  readonly accept?: Accept | readonly Accept[] | undefined;
  /** Aborting it drains the run, which is left paused and returned. Default: the run goes on to its end. */
  readonly signal?: AbortSignal | undefined;
};

/** How a run stood when `run` returned. */
export type RunEnd<Output = unknown> = {
  /** Id of the run. */
  readonly runId: string;
  /** Exit code for a program that ends with the run: 0 when completed, or paused after `through`; the command's otherwise. */
  readonly exitCode: number;
} & (
  | {
      /** The run is completed. */
      readonly status: "completed";
      /** What the workflow returned. */
      readonly output: Output;
    }
  | {
      /** The run is not completed: it failed, was cancelled, or rests. */
      readonly status: Exclude<RunStatus, "completed" | "running">;
      /** Why, in words; null where nothing needs saying. */
      readonly reason: string | null;
      /** Error of a failed run; null for others. */
      readonly error: RecordedError | null;
    }
);

/** A run that is executed here and now, in this process, and no other with it: what the command's `start` does. */
export interface ForegroundRun<Output = unknown> {
  /** Handle of the run. */
  readonly handle: RunHandle<Output>;
  /** Settles when this process no longer executes the run: it ended, paused, was handed on, or was lost to another. */
  readonly done: Promise<void>;
  /**
   * Stop taking up new stages, let what is in flight finish within the grace, leave the run paused. The reason is recorded
   * as the run's; default "drained".
   */
  readonly drain: (reason?: string) => void;
  /** Abort what is in flight at once, leave the run paused. */
  readonly abort: () => void;
}
