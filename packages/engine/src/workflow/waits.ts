/**
 * What a workflow function waits for, beside its stages and maps. Types only.
 *
 * A wait is a stage: it has a name, one recorded outcome, and replays. While a run only waits it holds no lease, no worker and
 * none of its resources; its code is not running anywhere.
 */
import type { ChildRule, Duration } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import type { Json } from "./json-types.js";
import type { ArtifactRef } from "./refs.js";

/** How long to sleep: a duration from the first call on, or until an instant. */
export type SleepHow =
  | Duration
  | {
      /** An instant, or milliseconds UTC, by the wall clock. */
      readonly until: Date | number;
    };

/** A question to a person. */
export interface Question<T> {
  /** The question itself, in one line. */
  readonly title: string;
  /** What the person has to know: a text, or a file that a stage of the run wrote. */
  readonly details?: string | ArtifactRef | undefined;
  /** Schema of the answer. Pages and commands make a form of it, and check the answer against it. */
  readonly schema: Schema<unknown, T>;
  /** Who may answer over HTTP and on the page: `role:operator`, `user:ann`. Default: every operator. */
  readonly to?: readonly string[] | undefined;
  /** How long an answer is waited for, in milliseconds, at most ten years. Default: for ever. */
  readonly timeoutMs?: number | undefined;
}

/** The answer to a question. */
export interface Answer<T> {
  /** As the schema returned it. */
  readonly value: T;
  /** Who gave it. */
  readonly by: string;
  /** When, in milliseconds UTC. */
  readonly at: number;
}

/** Options of a wait for signals. */
export interface SignalWait {
  /** How long a signal is waited for, in milliseconds, at most ten years. Default: for ever. */
  readonly timeoutMs?: number | undefined;
}

/** Waits of a run's context. `S`: payloads by the names of the workflow's `signals`. */
export interface Waits<S = unknown> {
  /**
   * Waits for a time, at most ten years. The instant is recorded at the first call, so a restarted worker changes nothing about
   * it; an instant in the past ends it at once.
   * @throws {WrongUseError} WRONG_USE — for what is no duration.
   */
  readonly sleep: (name: string, how: SleepHow) => Promise<void>;
  /**
   * Waits for a signal and returns its payload; `null` after the timeout. Signals that came before are kept, and the oldest of its
   * name is taken. Where one signal is waited for twice, each wait has its own name and `signalName` says what it waits for.
   * @throws {WrongUseError} WRONG_USE — for a signal that the workflow does not declare.
   */
  readonly waitForSignal: {
    <K extends keyof S & string>(name: K, options?: SignalWait): Promise<S[K] | null>;
    <K extends keyof S & string>(name: string, options: SignalWait & { readonly signalName: K }): Promise<S[K] | null>;
  };
  /** Waits for the first of several signals; `null` after the timeout. Of those kept, the oldest is taken. */
  readonly waitForAnySignal: <K extends keyof S & string>(
    name: string,
    options: SignalWait & { readonly signalNames: readonly K[] },
  ) => Promise<{ [N in K]: { readonly name: N; readonly payload: S[N] } }[K] | null>;
  /**
   * Asks a person and returns the answer; `null` after the timeout. It is answered on the page, by command, over HTTP or by
   * `holdfast.answer`, once. An answer that the schema refuses when the run goes on opens the question again.
   * @throws {WrongUseError} WRONG_USE — for a question without title or schema.
   */
  readonly ask: <T extends Json<T>>(name: string, question: Question<T>) => Promise<Answer<T> | null>;
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
  /**
   * Ends this generation of the run and begins the next under the same ID, with another input: for loops without end, whose
   * records must not grow. Never resolves; stages that are under way end first. The new generation has no records; those of the two
   * generations before are kept. Children stay children of the run.
   *
   * More than ten generations in a second without a stage, a map or a wait fail the run (`continues_too_fast`).
   * @throws {BadInputError} BAD_INPUT — the workflow's schema refuses the input. @throws {WrongUseError} WRONG_USE — inside a stage.
   */
  readonly continueAs: (input: unknown) => Promise<never>;
  /**
   * Shows a value under a key to whoever watches the run: in `runs.get`, `show`, the page and the client. The latest value of a key is
   * kept, over generations, until the run is restarted or deleted. It is no stage: it has no record, replays publish again, and values that
   * follow each other within 250 ms may be skipped. At most 50 keys, and 16 KB of JSON a value.
   * @throws {WrongUseError} WRONG_USE — a key or a value out of bounds. @throws {NotJsonError} NOT_JSON
   */
  readonly publish: <T extends Json<T>>(key: string, value: T) => Promise<void>;
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
