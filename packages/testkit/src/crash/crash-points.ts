/**
 * Tries every crash point of a scenario in turn. The worker dies before its k-th store call, or after that call's
 * commit and before the answer, and another worker takes over. Safety is checked throughout; the end must be the same.
 *
 * Also tries every point of failure: the k-th write of a kind finds the disk full, or takes effect and its answer is
 * lost. The failure is reported so late that the writes sent after it are through. No process dies, and nothing
 * executes twice.
 */
import type { StoreFault, StoreMethod } from "../faults/store-faults.js";
import { InvariantBroken } from "../simulation/violation.js";
import { createWorld, type World, type WorldOptions } from "../simulation/world.js";

export interface Scenario {
  readonly name: string;
  /** Workflow of the zoo. */
  readonly workflow: string;
  readonly through?: string | undefined;
  /** What the client does to the run, with the time after its start in milliseconds. */
  readonly steps?: readonly {
    readonly atMs: number;
    readonly act: (world: World, runId: string) => Promise<unknown>;
  }[];
  /** Final state, with and without crashes; null if a crash may change it. */
  readonly restsIn: "completed" | "paused" | "cancelled" | null;
}

export interface CrashPoint {
  readonly callNumber: number;
  readonly kind: Extract<StoreFault["kind"], "dieBefore" | "dieAfter">;
}

export interface FailurePoint {
  /** Number of this method's call, counted from 1. */
  readonly callNumber: number;
  readonly method: StoreMethod;
  readonly kind: Extract<StoreFault["kind"], "refuse" | "fill" | "loseAnswer">;
}

type Point = CrashPoint | FailurePoint;
/** Delay until a failure is reported, so that calls sent meanwhile go through. Longer than an item or most stages take. */
const FAILURE_TOLD_MS = 3_000;

export class CrashPointFailed extends Error {
  override readonly name = "CrashPointFailed";
  constructor(scenario: Scenario, points: readonly Point[], cause: unknown) {
    const word = (point: Point) => `${point.kind} ${"method" in point ? point.method : "call"} ${point.callNumber}`;
    const where = points.map(word).join(", then ");
    super(`${scenario.name}, ${where || "undisturbed"}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

type Ports = Pick<WorldOptions, "openStore">;
/** Longer than all stages, backoffs and recoveries of the zoo together. */
const REST_MS = 15 * 60_000;
/** A worker that dies in an endless loop of crashes would be hidden by its successors. */
const SUCCESSORS_MAX = 10;

/** The store calls of the undisturbed scenario until the run pauses or ends, in order. */
export async function listCalls(scenario: Scenario, ports: Ports): Promise<readonly StoreMethod[]> {
  return runCrashing(scenario, [], ports);
}

/**
 * Plays the scenario with a worker that dies at the first crash point, its successor at the second, and so on.
 * @returns the calls that the first worker made. @throws {CrashPointFailed}
 */
export async function runCrashing(
  scenario: Scenario,
  crashes: readonly Point[],
  ports: Ports,
): Promise<readonly StoreMethod[]> {
  const world = await createWorld({ ...ports, seed: 1, workerCount: 0, workflows: [scenario.workflow] });
  try {
    return await play(world, scenario, crashes);
  } catch (error) {
    throw new CrashPointFailed(scenario, crashes, error);
  } finally {
    await world.close();
  }
}

async function play(world: World, scenario: Scenario, crashes: readonly Point[]): Promise<readonly StoreMethod[]> {
  const runId = world.startRun(scenario.workflow, scenario.through);
  await world.clock.settle();
  const left = [...crashes];
  const nextWorker = () => {
    const worker = world.startWorker();
    const crash = left.shift();
    if (crash === undefined) return worker;
    if ("method" in crash) {
      worker.arm(crash.callNumber, { kind: crash.kind, ms: FAILURE_TOLD_MS }, { method: crash.method });
    } else worker.arm(crash.callNumber, { kind: crash.kind });
    return worker;
  };
  const first = nextWorker();
  const steps = [...(scenario.steps ?? [])];
  let called: readonly StoreMethod[] = [];
  let successorCount = 0;
  // A requested resume first examines the run. Until it has moved the run, the run stays in its earlier state.
  const isUnderWay = async () => steps.length > 0 || world.isAsking || (await world.restlessRuns()).length > 0;
  for (let atMs = 0; atMs < REST_MS && (await isUnderWay()); atMs += 500) {
    while (steps[0] !== undefined && steps[0].atMs <= atMs) {
      const step = steps.shift();
      world.ask(() => step?.act(world, runId) ?? Promise.resolve());
    }
    await world.clock.advance(500);
    if (!first.isDead) called = [...first.called];
    if (world.aliveWorkers.length === 0) {
      if (++successorCount > SUCCESSORS_MAX) throw new InvariantBroken("worker after worker died");
      nextWorker();
    }
    // Up to a crash all is as without it, which `listCalls` has checked.
    if (first.isDead || !crashes.some((point) => !("method" in point))) await world.assertInvariants();
  }
  const restless = await world.restlessRuns();
  if (restless.length > 0) throw new InvariantBroken(`never came to rest: ${restless.join(", ")}`);
  const status = (await world.store.getRun(runId))?.status;
  if (scenario.restsIn !== null && status !== scenario.restsIn) {
    throw new InvariantBroken(`rests ${status}, not ${scenario.restsIn}`);
  }
  await world.stopFaults();
  await world.finishEverything({ virtualMsMax: REST_MS });
  await world.assertInvariants("all");
  checkOnce(world, crashes);
  return called;
}

/** If no process died, no attempt at a stage or an item began twice: the journal has each once. */
function checkOnce(world: World, points: readonly Point[]): void {
  if (!points.some((point) => "method" in point)) return;
  const seen = new Set<string>();
  for (const line of world.effects.journal) {
    const effect = line.slice(line.indexOf(" ") + 1);
    if (seen.has(effect)) throw new InvariantBroken(`${effect} was executed twice, and nobody had died`);
    seen.add(effect);
  }
}
