/** Plays one run of a workflow whose worker is killed at given instants and replaced at once, until the run pauses or ends. */
import { createHoldfast, type Holdfast, MemoryArtifactStore, type Workflow } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import type { VirtualClock } from "../clock/virtual-clock.js";
import { withFaults } from "../faults/store-faults.js";
import { VirtualProcess } from "../faults/virtual-process.js";

export interface OverKills {
  readonly clock: VirtualClock;
  readonly workflow: Workflow;
  /** Milliseconds after the start or the previous kill. */
  readonly killsAfterMs: readonly number[];
  /** Delay of the store's answers to commits of the map, in milliseconds. Default: none. */
  readonly answersAfterMs?: number | undefined;
}

const RUN = "r" as never;
const REST_MS = 24 * 3_600_000;

/** Returns how the run ends or pauses, and what its map `each` has recorded. */
export async function runOverKills({ clock, workflow, killsAfterMs, answersAfterMs = 0 }: OverKills) {
  const store = await openSqliteStore({ file: ":memory:", inline: true, clock, random: () => 0.5 });
  const dead = new Set<number>();
  const fault = answersAfterMs === 0 ? null : ({ kind: "delayAnswer", ms: answersAfterMs } as const);
  const begin = (pid: number) => {
    const process = new VirtualProcess(clock.view());
    const holdfast: Holdfast = createHoldfast({
      store: withFaults(store, {
        process,
        network: clock,
        choose: ({ method }) => (method === "commitMap" ? fault : null),
      }),
      workflows: [workflow],
      dataDir: "",
      artifacts: new MemoryArtifactStore(),
      stageFiles: false,
      clock: process.clock,
      random: () => 0.5,
      identity: { name: `w${pid}`, host: "h", pid, bootId: "b", pidNamespace: "p", processStart: String(pid) },
      isProvenDead: (other) => dead.has(other.pid),
    });
    const stop = new AbortController();
    return { process, holdfast, working: holdfast.work({ concurrency: 1, signal: stop.signal }), stop, pid };
  };
  let current = begin(1);
  await current.holdfast.start(workflow, {}, { runId: RUN });
  for (const [i, afterMs] of killsAfterMs.entries()) {
    await clock.advance(afterMs);
    current.process.kill();
    dead.add(current.pid);
    current = begin(i + 2);
  }
  const isAtRest = async () => !["queued", "running"].includes((await store.getRun(RUN))?.status ?? "");
  await clock.runUntil(isAtRest, { virtualMsMax: REST_MS });
  const ended = await store.getRun(RUN);
  const map = await store.getMap(RUN, "each");
  current.stop.abort();
  await clock.advance(60_000);
  await current.working;
  return { status: ended?.status, reason: ended?.reason, map };
}
