/** Which folders are removed: only those of runs that this store removed, that have no record, and have been quiet for an hour. */
import { expect, test } from "vitest";
import type { Engine } from "../opened/engine.js";
import { clearLeftovers } from "./leftovers.js";

const NOW_MS = 10 * 3_600_000;
const HOUR_MS = 3_600_000;

interface Folder {
  readonly removedBy?: "delete" | "cleanup";
  readonly changedAt?: number | null;
  readonly hasRecord?: boolean;
}

function world(folders: Readonly<Record<string, Folder>>) {
  const deleted: string[] = [];
  const log: string[] = [];
  const artifacts = {
    sweep: async () => void log.push("sweep"),
    listRuns: async () => Object.keys(folders),
    changedAt: async (runId: string) => folders[runId]?.changedAt ?? null,
    sizeOfRun: async () => 7,
    deleteRun: async (runId: string) => void deleted.push(runId),
  };
  const store = {
    listAudit: async ({ runId, action }: { runId: string; action: string }) => ({
      rows: folders[runId]?.removedBy === action ? [{}] : [],
    }),
    getRun: async (runId: string) => {
      log.push(`record of ${runId}`);
      return folders[runId]?.hasRecord ? {} : null;
    },
  };
  const engine = { deps: { store, artifacts, clock: { nowMs: () => NOW_MS } } } as unknown as Engine;
  return { engine, deleted, log };
}

const QUIET = NOW_MS - HOUR_MS;

test("removed are the folders of runs that were deleted or cleaned up; counted, with what they held", async () => {
  const { engine, deleted, log } = world({
    deleted: { removedBy: "delete", changedAt: QUIET },
    cleaned: { removedBy: "cleanup", changedAt: QUIET - 1 },
    foreign: { changedAt: 0 },
    fresh: { removedBy: "delete", changedAt: QUIET + 1 },
    vanished: { removedBy: "delete", changedAt: null },
    again: { removedBy: "delete", changedAt: 0, hasRecord: true },
  });
  const gone = { count: 2, freedBytes: 14, runIds: ["deleted", "cleaned"] };
  expect(await clearLeftovers(engine, { checkOnly: true })).toEqual(gone);
  expect([deleted, log.includes("sweep")]).toEqual([[], false]);
  expect(await clearLeftovers(engine, { checkOnly: false })).toEqual(gone);
  expect(deleted).toEqual(["deleted", "cleaned"]);
  expect(log).toContain("sweep");
  // The record is asked for last, of what is quiet alone.
  expect(log.filter((line) => /fresh|foreign|vanished/.test(line))).toEqual([]);
});

test("a hundred are named, all are counted; an abort ends it between two", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 120 }, (_, i) => [`r${i}`, { removedBy: "delete", changedAt: 0 } as const]),
  );
  const all = await clearLeftovers(world(many).engine, { checkOnly: false });
  expect([all.count, all.freedBytes, all.runIds.length]).toEqual([120, 840, 100]);
  const { engine, deleted } = world(many);
  const abort = new AbortController();
  engine.deps.artifacts.deleteRun = async (runId) => {
    deleted.push(runId);
    abort.abort();
  };
  expect((await clearLeftovers(engine, { checkOnly: false, signal: abort.signal })).count).toBe(1);
  expect(deleted).toEqual(["r0"]);
});
