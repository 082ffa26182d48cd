/**
 * What a workflow function waits for, beside its stages and maps. Types only.
 *
 * A wait is a stage: it has a name, one recorded outcome, and replays. While a run only waits it holds no lease, no worker and
 * none of its resources; its code is not running anywhere.
 */
import type { ChildRule, Duration } from "@holdfast/core";

/** How long to sleep: a duration from the first call on, or until an instant. */
export type SleepHow =
  | Duration
  | {
      /** An instant, or milliseconds UTC, by the wall clock. */
      readonly until: Date | number;
    };

/** Waits of a run's context. */
export interface Waits {
  /**
   * Waits for a time, at most ten years. The instant is recorded at the first call, so a restarted worker changes nothing about
   * it; an instant in the past ends it at once.
   * @throws {WrongUseError} WRONG_USE — for what is no duration.
   */
  readonly sleep: (name: string, how: SleepHow) => Promise<void>;
  /**
   * Runs another workflow as a child of this run, and waits for its output. The child is created once, with the ID
   * `<this run>~<name>`, however often this run is interrupted; any worker that knows its workflow executes it. A person's resume
   * after its failure tries it again.
   * @throws {ChildFailedError} CHILD_FAILED — it failed or was cancelled; the same live and on every replay.
   * @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW @throws {BadInputError} BAD_INPUT @throws {ChildTooDeepError} CHILD_TOO_DEEP
   * @throws {ChildOfItselfError} CHILD_OF_ITSELF @throws {RunIdTakenError} RUN_ID_TAKEN — the ID is another run's.
   */
  readonly child: <G, O>(
    name: string,
    workflow: ChildWorkflow<G, O>,
    input: NoInfer<G>,
    options?: ChildOptions,
  ) => Promise<O>;
  /**
   * As `child`, without waiting for its end: resolves once the child is created. Reads its outcome later by its ID.
   * @throws the errors of `child`, except CHILD_FAILED.
   */
  readonly startChild: <G, O>(
    name: string,
    workflow: ChildWorkflow<G, O>,
    input: NoInfer<G>,
    options?: StartChildOptions,
  ) => Promise<ChildRef<O>>;
}

/** What `child` needs of a workflow: any that `defineWorkflow` returns. */
export interface ChildWorkflow<Given = unknown, Output = unknown> {
  /** Name of the workflow. */
  readonly name: string;
  /** Types of input and output; never present at run time. */
  readonly "~types"?: { readonly given: Given; readonly output: Output; readonly names: string };
}

/** Options of `child`. */
export interface ChildOptions {
  /**
   * What becomes of the child when this run ends before it: `cancel`, or `leave` to let it go on. Default
   * `cancel`.
   */
  readonly onParentEnd?: Extract<ChildRule, "cancel" | "leave"> | undefined;
}

/** Options of `startChild`. */
export interface StartChildOptions {
  /**
   * What becomes of the child when this run ends: `cancel` cancels it unless this run completed, `leave` always lets it go on.
   * Default `cancel`.
   */
  readonly onParentEnd?: Extract<ChildRule, "cancel" | "leave"> | undefined;
}

/** Reference to a child that was started. */
export interface ChildRef<O = unknown> {
  /** ID of the child. */
  readonly runId: string;
  /** Type of its output. Never set. */
  readonly "~of"?: O | undefined;
}
