/** What can happen in the simulated world, with its weights. Each move has words, for the list that a failure prints. */
import { STORE_FAULT_KINDS, type StoreFault } from "../faults/store-faults.js";
import type { SimulatedWorker } from "./worker.js";
import type { World } from "./world.js";

export interface Move {
  readonly words: string;
  readonly act: () => Promise<void> | void;
}

/** More than this many processes at a time make a seed slower, not richer. */
const WORKERS_MAX = 4;
const HOUR_MS = 3_600_000;

export function chooseMove(world: World): Move {
  const { random } = world;
  const alive = world.aliveWorkers;
  const stopped = alive.filter((worker) => worker.isStopped);
  const running = alive.filter((worker) => !worker.isStopped);
  const none: readonly [number, () => Move] = [0, () => passTime(world, 1_000)];
  return random.weighted<() => Move>([
    [20, () => passTime(world, random.int(1, 900))],
    [10, () => passTime(world, random.int(1_000, 8_000))],
    // Past every lease and stall limit.
    [2, () => passTime(world, random.int(31_000, 70_000))],
    world.startedCount < world.runCount ? [16, () => startRun(world)] : none,
    world.startedCount > 0 ? [8, () => steer(world)] : none,
    running.length > 0 ? [14, () => armFault(world, random.pick(running))] : none,
    [2, () => armFault(world, world.client)],
    running.length > 1 ? [4, () => stop(random.pick(running))] : none,
    stopped.length > 0 ? [6, () => proceed(random.pick(stopped))] : none,
    alive.length < WORKERS_MAX ? [6, () => ({ words: "start a worker", act: () => void world.startWorker() })] : none,
    alive.length > 1 ? [2, () => kill(random.pick(alive))] : none,
    running.length > 1 ? [2, () => drain(random.pick(running))] : none,
    [2, () => jump(world)],
    [2, () => outage(world)],
  ])();
}

const passTime = (world: World, ms: number): Move => ({
  words: `${ms} ms pass`,
  act: () => world.clock.advance(ms),
});

function startRun(world: World): Move {
  const started = world.startRandomRun();
  return { words: `the client starts ${started}`, act: () => {} };
}

function steer(world: World): Move {
  const { random, client } = world;
  const runId = random.pick(world.runIds);
  const { runs } = client.holdfast;
  const reason = "asked by the client";
  const [verb, operation] = random.weighted<readonly [string, () => Promise<unknown>]>([
    [3, ["pauses", () => runs.pause(runId, reason)]],
    [2, ["cancels", () => runs.cancel(runId, reason)]],
    [1, ["fails", () => runs.fail(runId, reason)]],
    [5, ["resumes", () => client.holdfast.resume(runId)]],
    [2, ["restarts", () => runs.restart(runId)]],
  ]);
  return { words: `the client ${verb} ${runId}`, act: () => world.ask(operation) };
}

function armFault(world: World, worker: SimulatedWorker): Move {
  const { random } = world;
  // A client that dies has nobody to start the next run.
  const kinds = STORE_FAULT_KINDS.filter((kind) => worker !== world.client || !kind.startsWith("die"));
  const kind = random.pick(kinds);
  const inCalls = random.int(1, 12);
  const times = kind === "refuse" || kind === "loseAnswer" ? random.pick([1, 1, 2, 6]) : 1;
  const ms = random.pick([20, 300, 6_000, 40_000]);
  const fault: StoreFault = kind === "delayRequest" || kind === "delayAnswer" ? { kind, ms } : { kind };
  const late = "ms" in fault ? ` by ${ms} ms` : "";
  return {
    words: `${worker.name}: ${kind}${late} at call ${inCalls} from now${times > 1 ? `, ${times} times` : ""}`,
    act: () => worker.arm(inCalls, fault, times),
  };
}

const stop = (worker: SimulatedWorker): Move => ({ words: `stop ${worker.name}`, act: () => worker.stop() });
const proceed = (worker: SimulatedWorker): Move => ({ words: `continue ${worker.name}`, act: () => worker.continue() });
const kill = (worker: SimulatedWorker): Move => ({ words: `kill ${worker.name}`, act: () => worker.kill() });
const drain = (worker: SimulatedWorker): Move => ({ words: `drain ${worker.name}`, act: () => worker.drain() });

function jump(world: World): Move {
  const ms = world.random.pick([HOUR_MS, -HOUR_MS]);
  return { words: `the wall clock jumps by ${ms} ms`, act: () => world.clock.jumpWall(ms) };
}

function outage(world: World): Move {
  const isOutage = !world.isOutage;
  return {
    words: isOutage ? "the outside world fails" : "the outside world is back",
    act: () => {
      world.isOutage = isOutage;
    },
  };
}
