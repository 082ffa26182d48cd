/**
 * What a workflow function waits for, beside its stages and maps. Types only.
 *
 * A wait is a stage: it has a name, one recorded outcome, and replays. While a run only waits it holds no lease, no worker and
 * none of its resources; its code is not running anywhere.
 */
import type { Duration } from "@holdfast/core";
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
}
