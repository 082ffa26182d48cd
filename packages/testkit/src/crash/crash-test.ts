/**
 * `crashTest`: does a workflow of yours survive a crash anywhere? Kills its run before and after every durable write, lets
 * another worker resume it, and compares the end with that of a run that was left alone.
 */
import { type Clock, isFinished, type Store } from "@holdfast/core";
import type { Workflow } from "@holdfast/engine";
import { openDefaultStore } from "./default-store.js";
import { type CrashAt, ProcessLine } from "./process-line.js";
import { describeEnd, type End } from "./run-end.js";

export interface CrashTestOptions {
  /** A fresh store in this thread on the given clock. Default: SQLite in memory, of `@holdfast/store-sqlite`. */
  readonly openStore?:
    | ((ports: { readonly clock: Clock; readonly random: () => number }) => Promise<Store>)
    | undefined;
  /** How long a run may take in real time, its waits for retries left out. Default 60 s. */
  readonly runMsMax?: number | undefined;
}

/** One place where the run was killed: at the `occurrence`-th call of a store's method for a stage. */
export interface CrashPlace {
  readonly when: "before" | "after";
  readonly write: string;
  /** Null for writes about the run as a whole. */
  readonly stage: string | null;
  readonly occurrence: number;
}

export interface CrashDifference {
  readonly place: CrashPlace;
  /** The stage whose recorded outcome is another one; null for the outcome of the run. */
  readonly stage: string | null;
  /** Attempts at the stage in the crashed run: more than one where its code was repeated. */
  readonly attempts: number;
  readonly expected: string;
  readonly found: string;
}

export interface CrashReport {
  /** How many crashes were tried. */
  readonly crashPoints: number;
  readonly differences: readonly CrashDifference[];
  /** Stages (null: the run) that end differently in two runs that nobody disturbed; a crash cannot be judged by them. */
  readonly unstable: readonly (string | null)[];
}

const RUN_MS_MAX = 60_000;

/**
 * Kill a run of `workflow` before and after each of its durable writes, resume it, and report each stage whose repeat
 * changed the outcome.
 *
 * Use it in the tests of a workflow: a stage that was under way when its process died is executed again, so its code must
 * bear a repeat. A stage that appends, counts or charges without looking at its idempotency key shows up here.
 *
 * Guaranteed: each crash is at another place, every run has an id and a store of its own, and waits of the engine (retries,
 * recoveries) take no real time. Not guaranteed: code between two writes is killed only at the writes; what your stages
 * leave outside of the run (files, rows) is yours to reset or to key by the run's id. Artifacts are kept in memory, so
 * `artifact.path` is not available.
 *
 * *Units*: `runMsMax` in milliseconds of real time.
 * @throws {BadInputError} BAD_INPUT — when the input does not fit the workflow.
 * @throws {Error} when a run does not come to rest within `runMsMax`, crashed or not; the message names the place.
 * @example
 * const report = await crashTest(invoice, { customer: "c-1" });
 * expect(report.differences).toEqual([]);
 */
export async function crashTest<G, O, N extends string>(
  workflow: Workflow<G, O, N>,
  input: NoInfer<G>,
  options: CrashTestOptions = {},
): Promise<CrashReport> {
  const runs = new Runs(workflow as Workflow, input, options);
  const first = await runs.play(null);
  const second = await runs.play(null);
  const unstable = [...first.end.keys()].filter((stage) => first.end.get(stage)?.text !== second.end.get(stage)?.text);
  const differences: CrashDifference[] = [];
  let crashPoints = 0;
  for (const write of first.writes) {
    for (const when of ["before", "after"] as const) {
      const place: CrashPlace = { when, ...write };
      const { end } = await runs.play(place);
      crashPoints++;
      differences.push(...compare(place, first.end, end, unstable));
    }
  }
  return { crashPoints, differences, unstable };
}

function compare(
  place: CrashPlace,
  expected: End,
  found: End,
  unstable: readonly (string | null)[],
): readonly CrashDifference[] {
  const stages = new Set([...expected.keys(), ...found.keys()]);
  return [...stages]
    .filter((stage) => !unstable.includes(stage) && expected.get(stage)?.text !== found.get(stage)?.text)
    .map((stage) => ({
      place,
      stage,
      attempts: found.get(stage)?.attempts ?? 0,
      expected: expected.get(stage)?.text ?? "nothing",
      found: found.get(stage)?.text ?? "nothing",
    }));
}

class Runs {
  private count = 0;

  constructor(
    private readonly workflow: Workflow,
    private readonly input: unknown,
    private readonly options: CrashTestOptions,
  ) {}

  /** A run from its start to its rest, killed at `place`. */
  async play(place: CrashPlace | null): Promise<{ readonly end: End; readonly writes: readonly CrashAt[] }> {
    const runId = `crash-test-${++this.count}`;
    const line = await ProcessLine.open({
      workflow: this.workflow,
      input: this.input,
      runId,
      openStore: this.options.openStore ?? openDefaultStore,
      crash: place,
    });
    try {
      const untilMs = performance.now() + (this.options.runMsMax ?? RUN_MS_MAX);
      while (!(await isAtRest(line.store, runId))) {
        if (performance.now() > untilMs) throw new Error(`the run did not come to rest, ${wordPlace(place)}`);
        await line.step();
      }
      return { end: await describeEnd(line.store, line.artifacts, runId), writes: line.writes };
    } finally {
      await line.close();
    }
  }
}

async function isAtRest(store: Store, runId: string): Promise<boolean> {
  const run = await store.getRun(runId);
  if (run === null) return false;
  return isFinished(run.status) || (run.status === "paused" && run.wakeAt === null);
}

function wordPlace(place: CrashPlace | null): string {
  if (place === null) return "and nobody had disturbed it";
  const of = place.stage === null ? "" : ` of stage ${place.stage}`;
  return `killed ${place.when} ${place.write}${of} (call ${place.occurrence})`;
}
