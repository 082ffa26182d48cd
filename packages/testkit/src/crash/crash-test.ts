/**
 * `crashTest` checks whether a workflow survives a crash at any point. It kills the workflow's run before and after
 * every durable write, lets another worker resume it, and compares the end with that of an undisturbed run.
 */
import { type Clock, isFinished, type Store } from "@holdfast/core";
import type { Workflow } from "@holdfast/engine";
import { openDefaultStore } from "../holdfast/default-store.js";
import { type CrashAt, ProcessLine } from "./process-line.js";
import { describeEnd, type End } from "./run-end.js";

export interface CrashTestOptions {
  /** Opens a fresh store in this thread on the given clock. Default: SQLite in memory, from `@holdfast/store-sqlite`. */
  readonly openStore?:
    | ((ports: { readonly clock: Clock; readonly random: () => number }) => Promise<Store>)
    | undefined;
  /** Maximum real time of a run in milliseconds, without its waits for retries. Default 60,000. */
  readonly runMsMax?: number | undefined;
  /**
   * Answers to the run's questions, by the name of the `ask`. Each is given as soon as the question is open. A question without
   * one is answered by nobody, and ends with its timeout.
   */
  readonly answers?: Readonly<Record<string, unknown>> | undefined;
}

/** A place where the run was killed: at the `occurrence`-th call of a store method for a stage. */
export interface CrashPlace {
  readonly when: "before" | "after";
  readonly write: string;
  /** Null for writes about the whole run. */
  readonly stage: string | null;
  readonly occurrence: number;
}

export interface CrashDifference {
  readonly place: CrashPlace;
  /** Stage whose recorded outcome differs; null for the outcome of the run. */
  readonly stage: string | null;
  /** Number of attempts at the stage in the crashed run; above 1 if its code was repeated. */
  readonly attempts: number;
  readonly expected: string;
  readonly found: string;
}

export interface CrashReport {
  /** Number of crashes tried. */
  readonly crashPoints: number;
  readonly differences: readonly CrashDifference[];
  /**
   * Stages (null: the run) whose results differ between two undisturbed runs. A crash is then judged only by their
   * status: completed or failed.
   */
  readonly unstable: readonly (string | null)[];
}

const RUN_MS_MAX = 60_000;

/**
 * Kills a run of `workflow` before and after each of its durable writes, resumes it, and reports each stage whose
 * outcome changed by repetition.
 *
 * Use it in the tests of a workflow. A stage that was running when its process died is executed again, so its code must
 * tolerate repetition. A stage that appends, counts or charges without checking its idempotency key shows up here.
 * `crashTest` only reports; in a test, `expectSurvivesCrashes` turns the report into a verdict.
 *
 * Guaranteed: each crash is at a different place, every run has its own ID and store, and waits (for retries, recoveries,
 * sleeps) take no real time. Questions are answered from `answers`, by "crash-test". Ends are compared without the run's ID, the number of an artifact's attempt, the
 * cost of a map, and when a question was answered.
 *
 * Not guaranteed: code between two writes is killed only at the writes. Anything that your stages leave outside the run
 * (files, rows) is yours to reset, or to key by the run's ID. Artifacts are kept in memory, so `artifact.path` is not
 * available.
 *
 * *Units*: `runMsMax` in milliseconds of real time.
 * @throws {BadInputError} BAD_INPUT if the input does not match the workflow's schema.
 * @throws {Error} if a run does not pause or end within `runMsMax`, crashed or not; the message names the place.
 * @example
 * const report = await crashTest(invoice, { customer: "c-1" });
 * expect(report.differences).toEqual([]);
 */
export async function crashTest<G, O, N extends string>(
  workflow: Workflow<G, O, N>,
  input: NoInfer<G>,
  options: CrashTestOptions = {},
): Promise<CrashReport> {
  return tryCrashes(new Runs(workflow as Workflow, input, options), []);
}

async function tryCrashes(runs: Runs, mayVary: readonly string[]): Promise<CrashReport> {
  const first = await runs.play(null);
  const second = await runs.play(null);
  const stages = new Set([...first.end.keys(), ...second.end.keys()]);
  const unstable = [...stages].filter((stage) => first.end.get(stage)?.text !== second.end.get(stage)?.text);
  const differences: CrashDifference[] = [];
  let crashPoints = 0;
  for (const write of first.writes) {
    for (const when of ["before", "after"] as const) {
      const place: CrashPlace = { when, ...write };
      const { end } = await runs.play(place);
      crashPoints++;
      differences.push(...compare(place, first.end, end, { unstable, mayVary }));
    }
  }
  return { crashPoints, differences, unstable };
}

export interface SurvivalOptions extends CrashTestOptions {
  /**
   * Stages whose results may differ in each run, because they contain the time, a random number, or an answer from
   * outside. If one of them varies, so may the run's return value. Their status is still compared.
   */
  readonly mayVary?: readonly string[] | undefined;
}

/**
 * Fails unless a workflow survives a crash at any point: `crashTest`, with its report as a verdict.
 *
 * It fails for a stage that a crash changed, and for a stage that could not be judged because its result differs in
 * each run. Name the latter in `mayVary`, or make its result stable. Use it in the tests of every workflow that
 * charges, sends or counts.
 *
 * @returns The report, for further assertions.
 * @throws {Error} naming each stage that differs, with the place of the crash and the expected and actual outcome, and
 * each stage that could not be judged.
 * @throws {BadInputError} BAD_INPUT if the input does not match the workflow's schema.
 * @example
 * await expectSurvivesCrashes(invoice, { customer: "c-1" }, { mayVary: ["draw-number"] });
 */
export async function expectSurvivesCrashes<G, O, N extends string>(
  workflow: Workflow<G, O, N>,
  input: NoInfer<G>,
  options: SurvivalOptions = {},
): Promise<CrashReport> {
  const { mayVary = [], ...rest } = options;
  const report = await tryCrashes(new Runs(workflow as Workflow, input, rest), mayVary);
  const doesVary = report.unstable.some((stage) => stage !== null && mayVary.includes(stage));
  const unjudged = report.unstable.filter((stage) => (stage === null ? !doesVary : !mayVary.includes(stage)));
  const problems = [...report.differences.map(wordDifference), ...unjudged.map(wordUnjudged)];
  if (problems.length === 0) return report;
  throw new Error(`Workflow ${workflow.name} does not survive a crash anywhere:\n${problems.join("\n")}`);
}

function wordDifference({ place, stage, attempts, expected, found }: CrashDifference): string {
  const repeat = attempts > 1 ? `, in ${attempts} attempts` : "";
  return `- ${wordPlace(place)}: ${wordStage(stage)} gave ${cut(found)}${repeat}, not ${cut(expected)}`;
}

const wordUnjudged = (stage: string | null) =>
  `- ${wordStage(stage)} gives another result in each run, so no crash can be judged by it: let it give the same${stage === null ? "" : ", or name it in mayVary"}`;
const wordStage = (stage: string | null) => (stage === null ? "the run" : `stage ${stage}`);

/** Maximum length of a result in a message. Long results differ somewhere; the report has them whole. */
const SHOWN_CHARS = 300;
const cut = (text: string) => (text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}…`);

function compare(
  place: CrashPlace,
  expected: End,
  found: End,
  { unstable, mayVary }: { readonly unstable: readonly (string | null)[]; readonly mayVary: readonly string[] },
): readonly CrashDifference[] {
  const stages = new Set([...expected.keys(), ...found.keys()]);
  const isOther = (stage: string | null) => expected.get(stage)?.text !== found.get(stage)?.text;
  const loose: readonly (string | null)[] = [...unstable, ...mayVary, ...(mayVary.some(isOther) ? [null] : [])];
  return [...stages]
    .filter((stage) =>
      loose.includes(stage) ? expected.get(stage)?.status !== found.get(stage)?.status : isOther(stage),
    )
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

  /** Plays a run from its start until it pauses or ends, killed at `place`. */
  async play(place: CrashPlace | null): Promise<{ readonly end: End; readonly writes: readonly CrashAt[] }> {
    // All of the same length, so that a file containing the ID always has the same size.
    const runId = `crash-test-${String(++this.count).padStart(6, "0")}`;
    const line = await ProcessLine.open({
      workflow: this.workflow,
      input: this.input,
      runId,
      openStore: this.options.openStore ?? openDefaultStore,
      crash: place,
      answers: this.options.answers ?? {},
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
