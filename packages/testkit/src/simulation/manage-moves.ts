/**
 * What operators do while everything else happens: cleanup and recovery, first as a preview and then by the plan shown;
 * resetting counts; deleting finished runs. Their answers are checked against what their calls did.
 */
import { HoldfastError, type RunId } from "@holdfast/core";
import type { Move } from "./move.js";
import { holds } from "./violation.js";
import type { World } from "./world.js";

const DAY_MS = 86_400_000;
/** Reading a plan takes a while, during which runs move. */
const LOOKS_MS = [0, 0, 500, 4_000, 15_000] as const;

export function manage(world: World): Move {
  const { random } = world;
  return random.weighted<() => Move>([
    [4, () => recoverAsShown(world)],
    [3, () => cleanUpAsShown(world)],
    [2, () => resetRecoveries(world)],
    [2, () => deleteRun(world)],
  ])();
}

/** Returns a run that is finished, as far as the ledger knows. If there is none, any run, for which the request is refused. */
function someRun(world: World, isFinished: boolean): RunId {
  const there = world.runIds.filter((runId) => {
    const ending = world.ledger.endings.of(runId);
    return ending !== null && !ending.isRemoved && (ending.finishedAtMs !== null) === isFinished;
  });
  return world.random.pick(there.length > 0 ? there : world.runIds) as RunId;
}

function resetRecoveries(world: World): Move {
  const runId = someRun(world, false);
  return {
    words: `the client resets the recoveries of ${runId}`,
    act: () => world.ask(() => world.client.holdfast.runs.resetRecoveries(runId, "the client looked at it")),
  };
}

function deleteRun(world: World): Move {
  const runId = someRun(world, true);
  return {
    words: `the client deletes ${runId}`,
    act: () => world.ask(() => world.client.holdfast.runs.delete(runId)),
  };
}

function recoverAsShown(world: World): Move {
  const { random, client } = world;
  const { management } = client.holdfast;
  const lookMs = random.pick(LOOKS_MS);
  const runId = random.chance(0.3) ? random.pick(world.runIds) : undefined;
  const act = async () => {
    const untouched = world.ledger.managedBy(client);
    const shown = await management.recover({ runId, checkOnly: true });
    holds(world.ledger.managedBy(client) === untouched, () => "a recovery that was only to be shown was carried out");
    await client.process.clock.sleep(lookMs);
    const before = world.ledger.managedBy(client);
    const done = await unlessStale(management.recover({ runId, planId: shown.planId }));
    if (done === null) {
      holds(world.ledger.managedBy(client) === before, () => "a recovery whose plan was refused was carried out");
      return;
    }
    const planned = new Set(shown.runs.map(wordRecovery));
    for (const run of done.runs) {
      holds(planned.has(wordRecovery(run)), () => `a recovery did what its plan had not shown: ${wordRecovery(run)}`);
    }
  };
  return {
    words: `the client recovers ${runId ?? "what is stuck"} as shown, after a look of ${lookMs} ms`,
    act: () => world.askAlone(act),
  };
}

const wordRecovery = (run: { runId: string; cause: string; action: string }) =>
  `${run.runId} ${run.cause} ${run.action}`;

function cleanUpAsShown(world: World): Move {
  const { random, client } = world;
  const { management } = client.holdfast;
  const lookMs = random.pick(LOOKS_MS);
  const keepLast = random.pick([0, 1, 2]);
  const olderThanDays = random.pick([0, 5_000, 60_000]) / DAY_MS;
  const terms = { olderThanDays, keepLast };
  /** Position among the listed runs of the one reopened between listing and removal; null for none. */
  const reopened = random.chance(0.4) ? random.next() : null;
  const act = async () => {
    const untouched = world.ledger.managedBy(client);
    const shown = await management.cleanup({ ...terms, checkOnly: true });
    holds(world.ledger.managedBy(client) === untouched, () => "a cleanup that was only to be shown was carried out");
    await client.process.clock.sleep(lookMs);
    if (reopened !== null) reopenMeanwhile(world, shown.runs, reopened);
    const before = world.ledger.managedBy(client);
    const done = await unlessStale(management.cleanup({ ...terms, planId: shown.planId }));
    if (done === null) {
      holds(world.ledger.managedBy(client) === before, () => "a cleanup whose plan was refused was carried out");
      return;
    }
    const removed = new Set(done.runs.map(({ runId }) => runId));
    const planned = new Set(shown.runs.map(({ runId }) => runId));
    for (const runId of removed) {
      holds(planned.has(runId), () => `a cleanup removed ${runId}, which its plan had not shown`);
    }
    for (const { runId, finishedAt } of shown.runs) {
      if (removed.has(runId)) continue;
      // Reopened, or removed by another, between listing all of them and removing this one.
      const run = await world.store.getRun(runId);
      holds(run?.finishedAt !== finishedAt, () => `a cleanup left ${runId}, which its plan had shown`);
    }
  };
  const kept = keepLast === 0 ? "" : `, but the last ${keepLast}`;
  return {
    words: `the client removes what finished ${olderThanDays * DAY_MS} ms ago${kept}, as shown, after a look of ${lookMs} ms`,
    act: () => world.askAlone(act),
  };
}

/**
 * A cleanup reads twice: all runs, to compare its plan, and page by page while it removes. The second answer is late,
 * and one of those runs is restarted meanwhile.
 */
function reopenMeanwhile(world: World, runs: readonly { readonly runId: string }[], place: number): void {
  const runId = runs[Math.floor(place * runs.length)]?.runId;
  if (runId === undefined) return;
  world.client.arm(2, { kind: "delayAnswer", ms: 2_000 }, { method: "listFinished" });
  world.ask(async () => {
    await world.client.process.clock.sleep(1_000);
    await world.client.holdfast.runs.restart(runId);
  });
}

/** Null if the plan was stale. */
async function unlessStale<T>(operation: Promise<T>): Promise<T | null> {
  return operation.catch((error) => {
    if (error instanceof HoldfastError && error.code === "PLAN_STALE") return null;
    throw error;
  });
}
