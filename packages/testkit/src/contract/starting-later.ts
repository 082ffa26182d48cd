/** When and in which order queued runs are claimed: instants and delays, priorities, tags. */
import { type Claim, OLDEST_EVERY, type RunCreate, START_TERMS, type StartTerms, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { BOOM, held, newRun, restart, resume, runIn, type StoreFactory, TERMS, withStore } from "./factory.js";

const HOUR_MS = 3_600_000;

/** A run with other terms than most. */
export const runWith = (start: Partial<StartTerms>, change: Partial<RunCreate> = {}): RunCreate =>
  newRun({ start: { ...START_TERMS, ...start }, ...change });

const claimIds = async (store: Store, limit = 1, workflows: readonly string[] = ["brief"]) =>
  (await store.claim({ ...TERMS, workflows, limit })).map(({ run }) => run.id);

async function claimNext(store: Store): Promise<Claim> {
  const [claim] = await store.claim({ ...TERMS, workflows: ["brief"], limit: 1 });
  if (claim === undefined) throw new Error("nothing to claim");
  return claim;
}

export function exerciseStartingLater(factory: StoreFactory): void {
  describe(`${factory.name}: starting later`, () => {
    test("a delay and an instant hold a run back until they have come, and are told meanwhile", () =>
      withStore(factory, async ({ store, advance }) => {
        const delayed = runWith({ due: { kind: "after", ms: HOUR_MS } });
        await store.createRun(delayed);
        const { createdAt = 0, wakeAt = 0 } = (await store.getRun(delayed.id)) ?? {};
        expect(Math.abs((wakeAt ?? 0) - createdAt - HOUR_MS)).toBeLessThan(1_000);
        const dated = runWith({ due: { kind: "at", atMs: createdAt + HOUR_MS / 2 } });
        await store.createRun(dated);
        expect(await store.getRun(dated.id)).toMatchObject({ status: "queued", wakeAt: createdAt + HOUR_MS / 2 });
        expect(await claimIds(store, 5)).toEqual([]);
        await advance(HOUR_MS / 2);
        expect(await claimIds(store, 5)).toEqual([dated.id]);
        await advance(HOUR_MS / 2);
        expect(await store.getRun(delayed.id)).toMatchObject({ wakeAt: null });
        expect(await claimIds(store, 5)).toEqual([delayed.id]);
      }));

    test("a run that starts later is not claimed with its creation, and an instant that is past holds nothing", () =>
      withStore(factory, async ({ store }) => {
        const later = runWith({ due: { kind: "after", ms: HOUR_MS } }, { claim: TERMS });
        expect(await store.createRun(later)).toEqual({ kind: "created", claim: null });
        expect(await store.getRun(later.id)).toMatchObject({ status: "queued", lease: null });
        const past = runWith({ due: { kind: "at", atMs: 1_000 } });
        await store.createRun(past);
        expect(await claimIds(store, 5)).toEqual([past.id]);
      }));

    test("a person moves a run that starts later as any other: pause, resume at once, cancel, restart", () =>
      withStore(factory, async ({ store }) => {
        const steer = (runId: string, wish: "pause" | "cancel") =>
          store.steer({ runId: runId as RunCreate["id"], wish, reason: null, by: "ada" });
        const [one, other] = [0, 1].map(() => runWith({ due: { kind: "after", ms: HOUR_MS } })) as [
          RunCreate,
          RunCreate,
        ];
        await store.createRun(one);
        await store.createRun(other);
        expect(await steer(one.id, "pause")).toEqual({ kind: "moved", from: "queued" });
        expect(await resume(store, one.id)).toEqual({ kind: "queued", from: "paused" });
        expect(await steer(other.id, "cancel")).toEqual({ kind: "moved", from: "queued" });
        expect(await restart(store, other.id)).toEqual({ kind: "queued", from: "cancelled" });
        expect((await claimIds(store, 5)).sort()).toEqual([one.id, other.id].sort());
      }));

    test("who attends it takes it once it is due, and no earlier; a person takes it at once", () =>
      withStore(factory, async ({ store, advance }) => {
        const runs = [0, 1].map(() => runWith({ due: { kind: "after", ms: HOUR_MS } }));
        for (const run of runs) await store.createRun(run);
        const [attended, taken] = runs.map(({ id }) => id) as [RunCreate["id"], RunCreate["id"]];
        const attend = () => resume(store, attended, TERMS, { from: ["queued"], isByPerson: false });
        expect(await attend()).toEqual({ kind: "refused", status: "queued" });
        expect(await resume(store, taken, TERMS, { from: ["queued"] })).toMatchObject({ kind: "claimed" });
        await advance(HOUR_MS + 1_000);
        expect(await attend()).toMatchObject({ kind: "claimed" });
      }));

    test("the time before it starts is not time in which no worker took it", () =>
      withStore(factory, async ({ store, advance }) => {
        const policy = { ...newRun().policy, startTimeoutMs: 60_000 };
        const later = runWith({ due: { kind: "after", ms: HOUR_MS } }, { policy });
        await store.createRun(later);
        await advance(HOUR_MS + 30_000);
        expect(await store.listNeverStarted({ after: null, limit: 10 })).toEqual([]);
        await advance(40_000);
        expect(await store.listNeverStarted({ after: null, limit: 10 })).toMatchObject([{ runId: later.id }]);
      }));
  });

  describe(`${factory.name}: priorities`, () => {
    test("the higher is claimed first, over all workflows; of one priority the older", () =>
      withStore(factory, async ({ store, advance }) => {
        const ids: Record<string, string> = {};
        for (const [name, priority, workflow] of [
          ["low", 0, "a"],
          ["normal", 5, "b"],
          ["high", 9, "a"],
          ["normal too", 5, "a"],
          ["high too", 9, "b"],
        ] as const) {
          const create = runWith({ priority }, { workflow });
          ids[name] = create.id;
          await store.createRun(create);
          await advance(5);
        }
        const order = ["high", "high too", "normal", "normal too", "low"];
        const claimed = [...(await claimIds(store, 2, ["a", "b"])), ...(await claimIds(store, 3, ["b", "a"]))];
        expect([...claimed].sort()).toEqual(Object.values(ids).sort());
        // The oldest of all may have had the turn of every tenth claim, which the store counts over its whole life.
        const ranked = (all: readonly (string | undefined)[]) => all.filter((id) => id !== ids.low);
        expect(ranked(claimed)).toEqual(ranked(order.map((name) => ids[name])));
        expect(await store.getRun(ids.high ?? "")).toMatchObject({ priority: 9 });
        expect(await store.getRun(ids.low ?? "")).toMatchObject({ priority: 0 });
      }));

    test("outlives a handing back, an end and a restart", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await runIn(store, "running", { start: { ...START_TERMS, priority: 9 } });
        for (let i = 0; i < 5; i++) await store.createRun(newRun());
        await advance(5);
        // The first claim, or the one after it: one in ten goes by age.
        const claimSoon = async () => {
          const [first, second] = [await claimNext(store), await claimNext(store)];
          const found = [first, second].find((claim) => claim.run.id === runId);
          if (found === undefined) throw new Error("older runs of lower priority went before it");
          return held(found);
        };
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        const again = await claimSoon();
        await store.report(again.fence, { status: "failed", error: BOOM, reason: null });
        await restart(store, runId);
        await claimSoon();
      }));

    test("steady runs of the highest priority do not keep one of the lowest waiting for ever", () =>
      withStore(factory, async ({ store, advance }) => {
        for (const limit of [1, 4]) {
          const low = runWith({ priority: 0 });
          await store.createRun(low);
          await advance(5);
          let claimedCount = 0;
          for (let isTaken = false; !isTaken; ) {
            for (let i = 0; i < limit; i++) await store.createRun(runWith({ priority: 9 }));
            const ids = await claimIds(store, limit);
            isTaken = ids.includes(low.id);
            claimedCount += ids.length;
            expect(claimedCount).toBeLessThanOrEqual(OLDEST_EVERY + limit);
          }
        }
      }));
  });

  describe(`${factory.name}: tags`, () => {
    const find = async (store: Store, query: object) =>
      (await store.listRuns({ limit: 50, ...query })).rows.map(({ id }) => id).reverse();

    test("find runs, several at once, with other filters and left out, whatever the case of ASCII letters", () =>
      withStore(factory, async ({ store }) => {
        const nightly = runWith({ tags: ["nightly", "Team A"] });
        await store.createRun(nightly);
        const { runId: ended } = await runIn(store, "completed", { start: { ...START_TERMS, tags: ["nightly"] } });
        const plain = newRun();
        await store.createRun(plain);
        expect((await store.getRun(nightly.id))?.tags).toEqual(["nightly", "Team A"]);
        expect((await store.getRun(plain.id))?.tags).toEqual([]);
        expect(await find(store, { tags: ["NIGHTLY"] })).toEqual([nightly.id, ended]);
        expect(await find(store, { tags: ["nightly", "team a"] })).toEqual([nightly.id]);
        expect(await find(store, { tags: ["nightly"], status: "completed" })).toEqual([ended]);
        expect(await find(store, { not: { tags: ["nightly"] } })).toEqual([plain.id]);
        expect(await find(store, { tags: ["night"] })).toEqual([]);
        const facets = await store.countFacets({ tags: ["nightly"] });
        expect(facets.total.count).toBe(2);
        const counts = await store.countRuns({ windowMs: HOUR_MS, tag: "nightly", groupBy: ["workflow"] });
        expect(counts).toMatchObject({ active: { queued: 1 }, recent: { completed: 1 } });
      }));

    test("stay when the input changes, and go with the run", () =>
      withStore(factory, async ({ store }) => {
        const tagged = { start: { ...START_TERMS, tags: ["nightly"] } };
        const { runId } = await runIn(store, "completed", tagged);
        await store.declareSearch("brief", ["topic"], 10);
        await restart(store, runId, { input: { inputJson: '{"topic":"moon"}', givenJson: '{"topic":"moon"}' } });
        expect(await find(store, { tags: ["nightly"], fields: { topic: "moon" } })).toEqual([runId]);
        await store.deleteRun(runId);
        expect(await find(store, { tags: ["nightly"] })).toEqual([]);
      }));
  });
}
