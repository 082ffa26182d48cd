/** A run executed here and now, and no other with it: what the command's `start` and `resume` do. */
import { type Claim, HoldfastError, isThrown, type RunId } from "@holdfast/core";
import type { Execution } from "../execution/execution.js";
import type { ForegroundRun } from "../facade.js";
import type { Engine } from "./engine.js";
import { makeHandle } from "./handle.js";
import { executeClaim, keepAlive } from "./take.js";

/** Errors by which user code decides about a run: they say what the record says. */
const DECISIONS: ReadonlySet<string> = new Set(["RETRY_LATER", "PAUSE_RUN", "GIVE_UP"]);

const isForCaller = (error: unknown) => isThrown(error, HoldfastError) && !DECISIONS.has(error.code);

export function runInForeground<O>(opened: Engine, claim: Claim, askedAtMs: number): ForegroundRun<O> {
  const alive = keepAlive(opened.deps.clock);
  let execution: Execution | null = null;
  let asked: { readonly isAborting: boolean; readonly reason?: string | undefined } | null = null;
  const stop = (isAborting: boolean, reason?: string) => {
    asked = { isAborting, reason };
    execution?.stop({ why: "shutdown", ...asked });
  };
  const done = executeClaim(opened, claim, askedAtMs, "pause", (begun) => {
    execution = begun;
    if (asked !== null) begun.stop({ why: "shutdown", ...asked });
  })
    .then((result) => {
      // A run that paused because of the outside did what it should: its reason is in the record. What the caller has to
      // act on (drift, a store that is full) or cannot see in the record is thrown.
      const isTold = result.status === "paused" && !isForCaller(result.error);
      if (result.error !== null && !isTold) throw result.error;
    })
    .finally(() => alive.release());
  // Whoever never looks at `done` has still the run's record to go by.
  done.catch(() => {});
  return {
    handle: makeHandle<O>(opened, claim.run.id as RunId),
    done,
    drain: (reason) => stop(false, reason),
    abort: () => stop(true),
  };
}
