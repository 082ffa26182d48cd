/** A workflow that runs in virtual time over a store in memory. */
import { createHoldfast, defineWorkflow, MemoryArtifactStore, type RunContext } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { VirtualClock } from "@holdfast/testkit";
import { z } from "zod";

const MINUTE_MS = 60_000;

/** Opens an engine; `run` is the body of its only workflow. */
export async function openBench(
  run: (context: RunContext) => Promise<unknown>,
  options: { readonly stages?: readonly string[] } = {},
) {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: ":memory:", inline: true, clock, random: () => 0.5 });
  const workflow = defineWorkflow({
    name: "bench",
    input: z.object({}),
    ...(options.stages === undefined ? {} : { stages: options.stages }),
    run: run as never,
  });
  const holdfast = createHoldfast({
    store,
    workflows: [workflow],
    dataDir: "",
    artifacts: new MemoryArtifactStore(),
    stageFiles: false,
    clock,
    random: () => 0.5,
    identity: { name: "w", host: "h", pid: 1, bootId: "b", pidNamespace: "p", processStart: "1" },
    isProvenDead: () => false,
  });
  const startMs = clock.monotonicMs();
  const isResting = async () => {
    const status = (await store.getRun("r"))?.status;
    return status !== "running" && status !== "queued";
  };
  /** Lets time pass until the run rests, at most `forMs`. */
  const rest = (forMs = 60 * MINUTE_MS) => clock.runUntil(isResting, { virtualMsMax: forMs });
  return {
    clock,
    store,
    holdfast,
    workflow,
    rest,
    /** Milliseconds since the bench was opened. */
    nowMs: () => clock.monotonicMs() - startMs,
    async start(forMs?: number) {
      const { done } = await holdfast.startHere(workflow, {}, { runId: "r" });
      done.catch(() => {});
      await rest(forMs);
      return store.getRun("r");
    },
    async resume(how: Parameters<typeof holdfast.resumeHere>[1] = {}, forMs?: number) {
      const { done } = await holdfast.resumeHere("r", how);
      done.catch(() => {});
      await rest(forMs);
      return store.getRun("r");
    },
    async close() {
      const closing = holdfast.close();
      await clock.advance(MINUTE_MS);
      await closing;
    },
  };
}
