/** `testHoldfast`: a complete Holdfast for the tests of a workflow, in memory, on a clock that the test advances. */
import type { Clock, Duration, Store } from "@holdfast/core";
import { createHoldfast, type Holdfast, MemoryArtifactStore, type Workflow } from "@holdfast/engine";
import { SeededRandom } from "../simulation/random.js";
import { defaultDatasetFiles } from "./default-dataset-files.js";
import { openDefaultStore } from "./default-store.js";
import { type ChildOutputs, finishChild } from "./finish-child.js";
import { LOOK_MS, TestClock } from "./test-clock.js";
import { watchStages } from "./watch-stages.js";

export interface TestHoldfastOptions {
  // biome-ignore lint/suspicious/noExplicitAny: a list of workflows of any input and output
  readonly workflows: readonly Workflow<any, any, any>[];
  /** Opens a fresh store in this thread on the given clock. Default: SQLite in memory, from `@holdfast/store-sqlite`. */
  readonly openStore?:
    | ((ports: { readonly clock: Clock; readonly random: () => number }) => Promise<Store>)
    | undefined;
}

export interface TestHoldfast extends Holdfast {
  readonly clock: {
    /**
     * Lets virtual time pass: retries, leases and scheduled wake-ups come due in order. Resolves when all of it has
     * happened, including the code of stages.
     *
     * Code that takes more than a second of real time is not waited for, since it may be waiting for a deadline on this
     * clock.
     * @throws {WrongUseError} WRONG_USE unless `by` is milliseconds from 0 to ten years, or a text such as "90s",
     * "15m", "2h" or "7d".
     */
    advance(by: Duration): Promise<void>;
    /** Milliseconds since 1970 on this clock, which starts at 2026-01-01T00:00:00Z. */
    nowMs(): number;
  };
  /**
   * Completes a child run with this output; the code of its workflow is not called, or not called again. Call it before the child
   * is created, by its ID `<parent>~<stage>`, or while the child waits or is paused.
   *
   * The parent continues with the next `clock.advance`. The output is not compared with the workflow's type.
   * @throws {WrongUseError} WRONG_USE if the run is no child, is being executed, or has ended.
   */
  finishChild(runId: string, output: unknown): Promise<void>;
}

/**
 * Opens a Holdfast for the tests of a workflow. Store and artifacts are in memory, a worker executes what is started,
 * and time passes only in `clock.advance`.
 *
 * Use it to test a run's result, its retries and when it wakes. To test what a crash does to a workflow, use
 * `expectSurvivesCrashes`.
 *
 * Guaranteed: a backoff has its full length, without jitter, so a test knows when an attempt follows. Two instances
 * share nothing.
 *
 * Not guaranteed: `artifact.path` is not available, and `Date.now()` and timers in your own code stay real. Close the
 * instance, or use `await using`.
 *
 * @throws {WrongUseError} WRONG_USE if two workflows have the same name, or `@holdfast/store-sqlite` is not installed.
 * @example
 * await using holdfast = await testHoldfast({ workflows: [invoice] });
 * const handle = await holdfast.start(invoice, { customer: "c-1" });
 * await holdfast.clock.advance("1h");
 * expect(await handle.result()).toEqual({ sent: true });
 */
export async function testHoldfast(options: TestHoldfastOptions): Promise<TestHoldfast> {
  const clock = new TestClock();
  const store = await (options.openStore ?? openDefaultStore)({ clock, random: new SeededRandom(1).next });
  const outputs: ChildOutputs = new Map();
  const holdfast = createHoldfast({
    store: clock.watch(store),
    workflows: options.workflows.map((workflow) => watchStages(workflow, clock.active, outputs)),
    dataDir: "",
    artifacts: new MemoryArtifactStore(),
    datasetFiles: defaultDatasetFiles,
    stageFiles: false,
    clock,
    random: new SeededRandom(2).next,
    backoffRandom: () => FULL_BACKOFF,
    pollMs: LOOK_MS,
    scanMs: LOOK_MS,
    // Less than half of the 25 s for which a run's lease is trusted. Each heartbeat is a turn of the clock.
    heartbeatMs: 12_000,
  });
  let failure: { readonly error: unknown } | null = null;
  const working = holdfast.work().catch((error) => {
    failure = { error };
  });
  const check = () => {
    if (failure !== null) throw failure.error;
  };
  let closed: Promise<void> | null = null;
  const close = async () => {
    // Closing aborts running stages. A drain would wait for them, and time stands still.
    await holdfast.close();
    await working;
    check();
  };
  const closeOnce = () => {
    closed ??= close();
    return closed;
  };
  return {
    ...holdfast,
    clock: {
      nowMs: () => clock.nowMs(),
      advance: async (by) => {
        await clock.advance(by, store);
        check();
      },
    },
    finishChild: (runId, output) => finishChild(holdfast, outputs, runId, output),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

/** The engine draws between half and all of a backoff. This is as near to all as a number below 1 comes. */
const FULL_BACKOFF = 1 - Number.EPSILON;
