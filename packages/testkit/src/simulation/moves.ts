/**
 * Events that can happen in the simulated world, with their weights. Each has a description, for the list that a
 * failure prints.
 */
import { STORE_FAULT_KINDS, type StoreFault, type StoreMethod } from "../faults/store-faults.js";
import { manage } from "./manage-moves.js";
import type { Move } from "./move.js";
import type { SimulatedWorker } from "./worker.js";
import type { World } from "./world.js";

/** More processes at a time would make a seed slower, not richer. */
const WORKERS_MAX = 4;
const HOUR_MS = 3_600_000;

export function chooseMove(world: World): Move {
  const { random } = world;
  const alive = world.aliveWorkers;
  const stopped = alive.filter((worker) => worker.isStopped);
  const running = alive.filter((worker) => !worker.isStopped);
  // Faults should mostly hit a worker that has something to lose.
  const holding = running.filter((worker) => world.isHolding(worker));
  const victims = holding.length > 0 && random.chance(0.8) ? holding : running;
  const none: readonly [number, () => Move] = [0, () => passTime(world, 1_000)];
  return random.weighted<() => Move>([
    [14, () => passTime(world, random.int(1, 900))],
    [12, () => passTime(world, random.int(1_000, 4_000))],
    // Past every lease and stall limit.
    [2, () => passTime(world, random.int(31_000, 70_000))],
    world.startedCount < world.runCount ? [18, () => startRun(world)] : none,
    world.startedCount > 0 ? [8, () => steer(world)] : none,
    running.length > 0 ? [14, () => armFault(world, random.pick(victims))] : none,
    [2, () => armFault(world, world.client)],
    world.hasMaps && running.length > 0 ? [6, () => failCommit(world, random.pick(victims))] : none,
    running.length > 1 ? [5, () => sleepPastLease(world, random.pick(victims))] : none,
    running.length > 1 ? [5, () => cutOff(world, random.pick(victims))] : none,
    running.length > 1 ? [3, () => stop(random.pick(victims))] : none,
    stopped.length > 0 ? [6, () => proceed(random.pick(stopped))] : none,
    alive.length < WORKERS_MAX ? [6, () => ({ words: "start a worker", act: () => void world.startWorker() })] : none,
    alive.length > 1 ? [2, () => kill(random.pick(alive))] : none,
    running.length > 1 ? [2, () => drain(random.pick(victims))] : none,
    running.length > 1 ? [3, () => leaveReportBehind(world, random.pick(victims))] : none,
    world.startedCount > 0 && !world.isManaging ? [6, () => manage(world)] : none,
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
  const isHeld = world.ledger.of(runId).lease !== null;
  // Mostly requests that may be granted; sometimes ones that are refused.
  const [likely, unlikely] = isHeld ? [6, 1] : [1, 4];
  const [verb, operation] = random.weighted<readonly [string, () => Promise<unknown>]>([
    [likely, ["pauses", () => runs.pause(runId, reason)]],
    [likely / 2, ["cancels", () => runs.cancel(runId, reason)]],
    [likely / 4, ["fails", () => runs.fail(runId, reason)]],
    [unlikely, ["resumes", () => client.holdfast.resume(runId)]],
    [unlikely / 2, ["restarts", () => runs.restart(runId)]],
  ]);
  return { words: `the client ${verb} ${runId}`, act: () => world.ask(operation) };
}

/** Calls worth hitting on purpose: most of a worker's calls are polls that find nothing. */
const TARGETS: readonly StoreMethod[] = [
  "report",
  "finishAttempt",
  "startAttempt",
  "saveCheckpoint",
  "claim",
  "recover",
];

const MAP_TARGETS: readonly StoreMethod[] = [...TARGETS, "commitMap", "commitMap", "commitMap", "openMap"];

/** Faults that may last for several calls. */
const REPEATED: readonly StoreFault["kind"][] = ["refuse", "fill", "loseAnswer"];

function armFault(world: World, worker: SimulatedWorker): Move {
  const { random } = world;
  // If the client died, nobody would start the next run.
  const kinds = STORE_FAULT_KINDS.filter((kind) => worker !== world.client || !kind.startsWith("die"));
  const kind = random.pick(kinds);
  const targets = world.hasMaps ? MAP_TARGETS : TARGETS;
  const method = worker !== world.client && random.chance(0.4) ? random.pick(targets) : null;
  const inCalls = method === null ? random.int(1, 12) : 1;
  const times = REPEATED.includes(kind) ? random.pick([1, 1, 2, 6]) : 1;
  const ms = random.pick([20, 300, 6_000, 40_000]);
  const isLate = kind === "delayRequest" || kind === "delayAnswer" || kind === "dieSending";
  const fault: StoreFault = isLate ? { kind, ms } : { kind };
  const where = method === null ? `call ${inCalls} from now` : `its next ${method}`;
  return {
    words: `${worker.name}: ${kind}${isLate ? ` by ${ms} ms` : ""} at ${where}${times > 1 ? `, ${times} times` : ""}`,
    act: () => worker.arm(inCalls, fault, { times, method }),
  };
}

/** One of several concurrent commits of a map fails, while later ones succeed. */
function failCommit(world: World, worker: SimulatedWorker): Move {
  const { random } = world;
  const kind = random.pick(["refuse", "fill", "loseAnswer"] as const);
  const inCalls = random.int(1, 5);
  return {
    words: `${worker.name}: ${kind} at commit ${inCalls} from now`,
    act: () => worker.arm(inCalls, { kind }, { method: "commitMap" }),
  };
}

/** Stopped in the middle of its work, it wakes when another may have taken over, so its next writes must be refused. */
function sleepPastLease(world: World, worker: SimulatedWorker): Move {
  const ms = world.random.int(28_000, 60_000);
  return {
    words: `${worker.name} is stopped for ${ms} ms`,
    act: async () => {
      worker.stop();
      await world.clock.advance(ms);
      worker.continue();
    },
  };
}

/** It keeps working and trusts its lease as long as it may. Its writes arrive when another may have taken over. */
function cutOff(world: World, worker: SimulatedWorker): Move {
  const ms = world.random.int(20_000, 60_000);
  return { words: `${worker.name} is cut off for ${ms} ms`, act: () => worker.cutOff(ms) };
}

/**
 * It returns its runs to the queue and dies with a report on its way, which arrives while another worker is executing
 * one of them: a zombie's report. This rarely happens by chance, since a successor that finds everything recorded
 * reports at once.
 */
function leaveReportBehind(world: World, worker: SimulatedWorker): Move {
  const ms = world.random.int(6_000, 45_000);
  return {
    words: `${worker.name} drains, and dies with its next report ${ms} ms on its way`,
    act: () => {
      worker.arm(1, { kind: "dieSending", ms }, { method: "report" });
      worker.drain();
    },
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
