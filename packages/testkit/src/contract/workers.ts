/** Reports of workers about themselves. */
import type { WorkerReport } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { holderOf, type StoreFactory, withStore } from "./factory.js";

const DAY_MS = 24 * 60 * 60_000;

function reportOf(name: string, change: Partial<WorkerReport> = {}): WorkerReport {
  return {
    holder: holderOf(name),
    workflows: ["brief", "other"],
    concurrency: 4,
    executing: 1,
    isSupervising: true,
    lastScanAt: null,
    ...change,
  };
}

export function exerciseWorkers(factory: StoreFactory): void {
  describe(`${factory.name}: workers`, () => {
    test("the first report creates a worker's row, and later ones update it", () =>
      withStore(factory, async ({ store, advance }) => {
        await store.reportWorker(reportOf("worker-a"));
        const [first] = await store.listWorkers();
        expect(first).toMatchObject({ ...reportOf("worker-a"), startedAt: first?.seenAt });
        await advance(5_000);
        const renewed = reportOf("worker-a", { executing: 3, isSupervising: false, lastScanAt: 1_700_000_000_000 });
        await store.reportWorker(renewed);
        const workers = await store.listWorkers();
        expect(workers).toMatchObject([{ ...renewed, startedAt: first?.startedAt }]);
        expect(workers[0]?.seenAt).toBeGreaterThanOrEqual((first?.seenAt ?? 0) + 5_000);
        expect(workers[0]?.silentForMs).toBeLessThan(5_000);
      }));

    test("silence is measured by the store's clock", () =>
      withStore(factory, async ({ store, advance }) => {
        await store.reportWorker(reportOf("worker-a"));
        await advance(40_000);
        expect((await store.listWorkers())[0]?.silentForMs).toBeGreaterThanOrEqual(40_000);
      }));

    test("one process is one row: the same name in another process is another worker", () =>
      withStore(factory, async ({ store, advance }) => {
        await store.reportWorker(reportOf("worker-a"));
        await advance(1_000);
        await store.reportWorker(reportOf("worker-a", { holder: { ...holderOf("worker-a"), pid: 102 } }));
        expect((await store.listWorkers()).map(({ holder }) => holder.pid)).toEqual([102, 101]);
      }));

    test("a worker that ends normally removes its row; one that never reported has none", () =>
      withStore(factory, async ({ store }) => {
        await store.reportWorker(reportOf("worker-a"));
        await store.reportWorker(reportOf("worker-b"));
        await store.removeWorker(holderOf("worker-a"));
        await store.removeWorker(holderOf("worker-c"));
        expect((await store.listWorkers()).map(({ holder }) => holder.name)).toEqual(["worker-b"]);
      }));

    test("a worker not seen for a day is forgotten; reporting again, it counts as newly started", () =>
      withStore(factory, async ({ store, advance }) => {
        await store.reportWorker(reportOf("worker-a"));
        const [before] = await store.listWorkers();
        await advance(DAY_MS - 60_000);
        await store.reportWorker(reportOf("worker-b"));
        expect(await store.listWorkers()).toHaveLength(2);
        await advance(120_000);
        expect((await store.listWorkers()).map(({ holder }) => holder.name)).toEqual(["worker-b"]);
        await store.reportWorker(reportOf("worker-b"));
        await store.reportWorker(reportOf("worker-a"));
        const again = (await store.listWorkers()).find(({ holder }) => holder.name === "worker-a");
        expect(again?.startedAt).toBeGreaterThan(before?.startedAt ?? 0);
      }));
  });
}
