/** The child processes of a worker. The test calls the parent's periodic check itself: a minute is sixty calls. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessEvent } from "@holdfast/engine";
import { openHoldfast } from "holdfast";
import { afterEach, expect, test } from "vitest";
// From the build output: it starts the program beside it.
import { type ChildTerms, Pool } from "../../packages/engine/dist/worker/processes/pool.js";

const WORKFLOWS = new URL("../cli/fixture/isolated-workflows.mjs", import.meta.url).href;
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function makePool(counts: { waiting: number }) {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-pool-"));
  folders.push(folder);
  const holdfast = await openHoldfast({ workflows: [], dataDir: folder });
  const { processModule } = holdfast.store;
  if (processModule === null) throw new Error("a store in a file can be opened by another process");
  const events: ProcessEvent[] = [];
  const waiters = new Set<() => void>();
  const terms: ChildTerms[] = [];
  const pool = new Pool({
    concurrency: 5,
    processes: 2,
    stopGraceMs: 1_000,
    maxBlockedMs: 1_800_000,
    mayBegin: Promise.resolve(),
    beginOf: (given, number) => {
      terms.push(given);
      return {
        kind: "begin",
        store: processModule,
        artifacts: null,
        datasetFiles: null,
        workflows: { url: WORKFLOWS, options: {} },
        names: null,
        ...given,
        holder: `pool#${number}`,
        dataDir: folder,
        leaseMs: 300_000,
        heartbeatMs: 5_000,
        stopGraceMs: 1_000,
        maxBlockedMs: 1_800_000,
        pollMs: 250,
        limits: { inlineOutputBytesMax: 1_024, outputBytesMax: 1_024 },
        stageFiles: false,
      };
    },
    hasSuspects: async () => false,
    countWaiting: async (limit) => Math.min(limit, counts.waiting),
    sleep: async () => undefined,
    onTaken: () => undefined,
    onEnded: () => undefined,
    onHints: () => undefined,
    onHopeless: ({ message }) => {
      throw new Error(message);
    },
    onStoreWait: () => undefined,
    onProcess: (event) => {
      events.push(event);
      for (const wake of waiters) wake();
    },
  });
  const until = async (isThere: (seen: readonly ProcessEvent[]) => boolean) => {
    while (!isThere(events)) await new Promise<void>((resolve) => waiters.add(resolve));
  };
  const count = (kind: ProcessEvent["kind"]) => events.filter((event) => event.kind === kind).length;
  return { pool, events, until, count, terms, close: () => holdfast.close() };
}

test("as many children as there is work for; after a minute without work, one stays", async () => {
  const counts = { waiting: 2 };
  const { pool, events, until, count, terms, close } = await makePool(counts);
  pool.fit();
  await until(() => count("ready") === 2);
  expect(terms.map(({ places }) => places)).toEqual([3, 2]);
  counts.waiting = 0;
  for (let look = 0; look < 60; look++) pool.look();
  expect(count("ended")).toBe(0);
  pool.look();
  await until(() => count("ended") === 1);
  expect(events.at(-1)).toMatchObject({ isExpected: true, code: 0, runIds: [] });
  for (let look = 0; look < 200; look++) pool.look();
  expect(pool.readyCount).toBe(1);
  await pool.end("drain");
  pool.close();
  await close();
  expect(count("ended")).toBe(2);
});

test("a child that is killed while it has no work is replaced", async () => {
  const { pool, events, until, count, close } = await makePool({ waiting: 0 });
  pool.fit();
  await until(() => count("ready") === 1);
  const [first] = events;
  process.kill(first?.pid ?? 0, "SIGKILL");
  await until(() => count("ready") === 2);
  expect(events[1]).toMatchObject({ kind: "ended", isExpected: false, signal: "SIGKILL" });
  await pool.end("drain");
  pool.close();
  await close();
});
