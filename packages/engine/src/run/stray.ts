/**
 * Errors that nobody caught: a promise that was rejected and not awaited, an error thrown in a timer. Each is charged to the code
 * that it came from, by its async context, and fails that attempt with its own stack. Left to the process, it would end every
 * run in it.
 *
 * Only in a process of our own (`catchStrayErrors`). A library changes nothing about the process of its user.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type BeginWait, isThrown, provideIdleWaits } from "@holdfast/core";
import { Interrupted } from "../workflow/interrupted.js";

/** Whose code is running. */
export interface Owner {
  /** The stage whose code it is; null between stages. */
  readonly stage: string | null;
  /** An error of it that nobody caught. */
  readonly onStray: (error: unknown) => void;
  /** A wait of it that is no idleness begins; the function that is returned ends it. Missing where nothing is executed. */
  readonly beginWait?: BeginWait | undefined;
}

/** The code that is running now; undefined outside of all runs. */
export const owner = new AsyncLocalStorage<Owner>();

provideIdleWaits(() => owner.getStore()?.beginWait?.() ?? (() => {}));

/** Set while this process catches stray errors. */
let isCatching = false;

/**
 * Resolves once what the code that just ended left behind has been told: a rejection that nobody caught is reported after all
 * promises that are ready have run. At once where nobody would hear of it.
 */
export function whenStraysAreTold(): Promise<void> | null {
  return isCatching ? new Promise((resolve) => setImmediate(resolve)) : null;
}

/**
 * The same function, whose promise may be rejected before anybody awaits it: `const a = stage(…), b = stage(…); await a; await b`.
 * What came of it is recorded whoever looks, so that is no error of the process.
 */
export function silently<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return (...args) => {
    const answer = call(...args);
    answer.catch(() => {});
    return answer;
  };
}

/**
 * From here on errors that nobody catches fail the attempt that they came from. One that is of no run ends the process, as it
 * would without this. For whoever owns the process.
 */
export function catchStrayErrors(): void {
  if (isCatching) return;
  const onError = (error: unknown) => {
    const of = owner.getStore();
    if (of === undefined) return endProcess(error);
    // How a run is stopped is no failure, wherever user code let it go.
    if (!isThrown(error, Interrupted)) of.onStray(error);
  };
  const endProcess = (error: unknown) => {
    process.off("uncaughtException", onError);
    process.off("unhandledRejection", onError);
    // Thrown anew, with nobody listening: Node prints it and exits as it does by default.
    setImmediate(() => {
      throw error;
    });
  };
  isCatching = true;
  process.on("uncaughtException", onError);
  process.on("unhandledRejection", onError);
}
