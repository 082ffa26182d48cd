/** Leases on named resources: all or none, and free as soon as their run's lease is gone. */
import { describe, expect, test } from "vitest";
import {
  claimOne,
  INLINE,
  LEASE_MS,
  OTHER_TERMS,
  STALL_MS,
  type StoreFactory,
  startRun,
  withStore,
} from "./factory.js";

export function exerciseResources(factory: StoreFactory): void {
  describe(`${factory.name}: resources`, () => {
    test("are held by one run at a time, and the answer names it", () =>
      withStore(factory, async ({ store }) => {
        const a = await startRun(store);
        const b = await startRun(store, { claim: OTHER_TERMS });
        const answers = await Promise.all([
          store.acquireResources(a.fence, ["duckdb"]),
          store.acquireResources(b.fence, ["duckdb"]),
        ]);
        expect(answers[0]).toMatchObject({ kind: "acquired" });
        expect(answers[1]).toEqual({
          kind: "held",
          resource: "duckdb",
          by: { runId: a.runId, holder: "worker-a" },
        });
      }));

    test("asking for them is a sign of life, granted or not", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        const other = await startRun(store, { claim: OTHER_TERMS });
        await advance(STALL_MS - 6_000);
        await store.acquireResources(fence, ["duckdb"]);
        expect((await store.getLease(runId))?.silentForMs).toBeLessThan(STALL_MS - 6_000);
        expect(await store.acquireResources(other.fence, ["duckdb"])).toMatchObject({ kind: "held" });
        expect((await store.getLease(other.runId))?.silentForMs).toBeLessThan(STALL_MS - 6_000);
      }));

    test("are acquired together or not at all", () =>
      withStore(factory, async ({ store }) => {
        const a = await startRun(store);
        const b = await startRun(store);
        const c = await startRun(store);
        await store.acquireResources(a.fence, ["y"]);
        expect(await store.acquireResources(b.fence, ["z", "y", "x"])).toMatchObject({ kind: "held", resource: "y" });
        expect(await store.acquireResources(c.fence, ["x", "z"])).toMatchObject({ kind: "acquired" });
      }));

    test("have a token that grows with every acquisition, across all runs", () =>
      withStore(factory, async ({ store }) => {
        const tokens: number[] = [];
        for (let i = 0; i < 4; i++) {
          const { fence } = await startRun(store);
          const answer = await store.acquireResources(fence, ["x", `other-${i}`]);
          if (answer.kind === "acquired") tokens.push(answer.token);
          await store.releaseResources(fence, ["x"]);
        }
        expect(tokens).toHaveLength(4);
        expect(tokens).toEqual([...new Set(tokens)].sort((x, y) => x - y));
      }));

    test("are granted again to the lease that holds them", () =>
      withStore(factory, async ({ store }) => {
        const { fence } = await startRun(store);
        await store.acquireResources(fence, ["x"]);
        expect(await store.acquireResources(fence, ["x"])).toMatchObject({ kind: "acquired" });
      }));

    test("are released by their holder only; releasing what is not held is no error", () =>
      withStore(factory, async ({ store }) => {
        const a = await startRun(store);
        const b = await startRun(store);
        await store.acquireResources(a.fence, ["x"]);
        await store.releaseResources(b.fence, ["x", "never"]);
        await store.releaseResources({ ...a.fence, nonce: "another" }, ["x"]);
        expect((await store.acquireResources(b.fence, ["x"])).kind).toBe("held");
        await store.releaseResources(a.fence, ["x"]);
        expect((await store.acquireResources(b.fence, ["x"])).kind).toBe("acquired");
      }));

    test("are free once their run has ended, was returned to the queue or taken over", () =>
      withStore(factory, async ({ store }) => {
        const endings = [
          { status: "completed", output: INLINE, stageCount: 0 },
          { status: "paused", reason: null, wakeInMs: null },
          { status: "queued", reason: null, wakeInMs: 0 },
        ] as const;
        for (const [i, report] of endings.entries()) {
          const a = await startRun(store);
          await store.acquireResources(a.fence, [`x-${i}`]);
          await store.report(a.fence, report);
          if (report.status === "queued") await claimOne(store, OTHER_TERMS);
          const b = await startRun(store);
          expect((await store.acquireResources(b.fence, [`x-${i}`])).kind).toBe("acquired");
        }
      }));

    test("are free once their run's holder is silent for too long, and held again if it was only late", () =>
      withStore(factory, async ({ store, advance }) => {
        const a = await startRun(store);
        await store.acquireResources(a.fence, ["x", "y"]);
        await advance(STALL_MS - 1_000);
        const b = await startRun(store);
        expect((await store.acquireResources(b.fence, ["x"])).kind).toBe("held");
        await advance(2_000);
        expect((await store.acquireResources(b.fence, ["x"])).kind).toBe("acquired");
        await store.beat([{ ...a.fence, leaseMs: LEASE_MS }]);
        // Resources that nobody took meanwhile still belong to the run; the others do not.
        expect((await store.acquireResources(b.fence, ["y"])).kind).toBe("held");
        expect((await store.acquireResources(a.fence, ["x"])).kind).toBe("held");
      }));
  });
}
