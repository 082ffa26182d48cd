/** Dedupe keys: one run of a key is active, one may wait for its end, whatever starts and ends meet. */
import { type DedupeTerms, type RunCreate, type RunId, START_TERMS, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  eventTypes,
  expectGapless,
  held,
  INLINE,
  newRun,
  openNap,
  restart,
  resume,
  type StoreFactory,
  stampOf,
  TERMS,
  withStore,
} from "./factory.js";

const COMPLETED = { status: "completed", output: INLINE, stageCount: 0 } as const;
const QUIET_MS = 10_000;

/** A start of the key. */
const keyed = (whenActive: DedupeTerms["whenActive"], topic: string, change: Partial<RunCreate> = {}): RunCreate =>
  newRun({
    inputJson: JSON.stringify({ topic }),
    givenJson: JSON.stringify({ topic }),
    dedupe: { key: "acme", whenActive, quietMs: null, maxWaitMs: 0 },
    ...change,
  });

const quiet = (topic: string, maxWaitMs = 10 * QUIET_MS) =>
  keyed("join", topic, { dedupe: { key: "acme", whenActive: "join", quietMs: QUIET_MS, maxWaitMs } });

const claimAll = async (store: Store) =>
  (await store.claim({ ...TERMS, workflows: ["brief"], limit: 10 })).map((claim) => held(claim));

const topicOf = async (store: Store, runId: string) =>
  ((await store.getRun(runId))?.input as { topic: string } | undefined)?.topic;

async function startClaimed(store: Store, create: RunCreate) {
  await store.createRun(create);
  const claims = await claimAll(store);
  const own = claims.find(({ runId }) => runId === create.id);
  if (own === undefined) throw new Error("not claimed");
  return own;
}

export function exerciseDedupe(factory: StoreFactory): void {
  describe(`${factory.name}: dedupe keys`, () => {
    test("join answers with the active run in each of its states, and says whether the input differs", () =>
      withStore(factory, async ({ store }) => {
        const first = keyed("join", "tides");
        expect(await store.createRun(first)).toEqual({ kind: "created", claim: null });
        expect((await store.getRun(first.id))?.dedupeKey).toBe("acme");
        const joins = async (topic: string) => store.createRun(keyed("join", topic, { claim: TERMS }));
        const same = { kind: "joined", runId: first.id, inputDiffers: false };
        expect(await joins("tides")).toEqual(same);
        const [{ fence } = { fence: null }] = await claimAll(store);
        if (fence === null) throw new Error("not claimed");
        expect(await joins("moon")).toEqual({ ...same, inputDiffers: true });
        await openNap(store, fence);
        await store.report(fence, { status: "waiting", reason: null });
        expect(await joins("tides")).toEqual(same);
        await store.steer({ runId: first.id, wish: "pause", reason: null, by: "ada" });
        expect(await joins("tides")).toEqual(same);
        await store.steer({ runId: first.id, wish: "cancel", reason: null, by: "ada" });
        expect(await joins("tides")).toMatchObject({ kind: "created" });
        expect(await eventTypes(store, first.id)).not.toContain("run.input_replaced");
      }));

    test("a key is its workflow's and its owner's own, and a run without a key joins nothing", () =>
      withStore(factory, async ({ store }) => {
        await store.createRun(keyed("reject", "tides"));
        for (const change of [{ owner: "ann" }, { owner: "bob" }, { workflow: "other" }, { dedupe: null }]) {
          expect(await store.createRun(keyed("reject", "tides", change))).toEqual({ kind: "created", claim: null });
        }
        expect(await store.createRun(keyed("reject", "tides", { owner: "ann" }))).toMatchObject({ kind: "duplicate" });
      }));

    test("reject writes nothing, and names the active run and its state", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startClaimed(store, keyed("reject", "tides"));
        const refused = keyed("reject", "moon", { audit: stampOf("start") });
        expect(await store.createRun(refused)).toEqual({ kind: "duplicate", runId, status: "running" });
        expect(await store.getRun(refused.id)).toBeNull();
        expect((await store.listAudit({ runId: refused.id, limit: 5 })).rows).toEqual([]);
      }));

    test("after keeps one successor with the newest input, which may be claimed in the transaction of the end", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startClaimed(store, keyed("after", "one"));
        const second = keyed("after", "two", { claim: TERMS });
        expect(await store.createRun(second)).toEqual({ kind: "created", claim: null });
        expect(await store.getRun(second.id)).toMatchObject({ status: "queued", holdup: { kind: "run", runId } });
        const third = keyed("after", "three", { start: { ...START_TERMS, priority: 9, tags: ["urgent"] } });
        expect(await store.createRun(third)).toEqual({ kind: "replaced", runId: second.id });
        expect(await store.getRun(third.id)).toBeNull();
        expect(await claimAll(store)).toEqual([]);
        await store.report(fence, COMPLETED);
        expect(await store.getRun(second.id)).toMatchObject({ status: "queued", wakeAt: null, holdup: null });
        const [claimed] = await claimAll(store);
        expect(claimed).toMatchObject({ runId: second.id, claim: { run: { priority: 9, tags: ["urgent"] } } });
        expect(await topicOf(store, second.id)).toBe("three");
        expect((await store.listRuns({ tags: ["urgent"], limit: 5 })).rows.map(({ id }) => id)).toEqual([second.id]);
        const types = await eventTypes(store, second.id);
        expect(types).toEqual(["run.created", "run.input_replaced", "run.released", "run.claimed"]);
        await expectGapless(store, second.id);
      }));

    test("every way in which the active run ends lets the successor go", () =>
      withStore(factory, async ({ store, advance }) => {
        const ways: Record<string, (runId: RunId, fence: ReturnType<typeof held>["fence"]) => Promise<unknown>> = {
          failed: (_, fence) =>
            store.report(fence, { status: "failed", error: { name: "E", message: "m" }, reason: null }),
          cancelled: async (runId, fence) => {
            await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
            await store.report(fence, { status: "cancelled", reason: null });
          },
          "cancelled while paused": async (runId, fence) => {
            await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
            await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
          },
          removed: async (runId, fence) => {
            await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
            await store.deleteRun(runId);
          },
          recovered: async (runId, { token }) => {
            await advance(120_000);
            const decision = { action: "fail", reason: "dead", uses: "nothing" } as const;
            await store.recover(
              { runId, token, about: "holder", by: "supervisor", isHolderDead: false },
              decision as never,
            );
          },
        };
        for (const [name, end] of Object.entries(ways)) {
          const { runId, fence } = await startClaimed(store, keyed("after", name));
          const next = keyed("after", "next");
          await store.createRun(next);
          await end(runId, fence);
          const [claimed] = await claimAll(store);
          expect([name, claimed?.runId]).toEqual([name, next.id]);
          if (claimed !== undefined) await store.report(claimed.fence, COMPLETED);
        }
      }));

    test("a person may pause, resume, cancel and restart a successor; it stays behind the active run", () =>
      withStore(factory, async ({ store }) => {
        const { fence } = await startClaimed(store, keyed("after", "one"));
        const second = keyed("after", "two");
        await store.createRun(second);
        await store.steer({ runId: second.id, wish: "pause", reason: null, by: "ada" });
        await resume(store, second.id);
        expect(await claimAll(store)).toEqual([]);
        expect(await resume(store, second.id, TERMS)).toEqual({ kind: "queued", from: "queued" });
        await store.steer({ runId: second.id, wish: "pause", reason: null, by: "ada" });
        await store.report(fence, COMPLETED);
        expect(await claimAll(store)).toEqual([]);
        await resume(store, second.id);
        const [claimed] = await claimAll(store);
        expect(claimed?.runId).toBe(second.id);
        const third = keyed("after", "three");
        await store.createRun(third);
        await store.steer({ runId: third.id, wish: "cancel", reason: null, by: "ada" });
        expect(await store.createRun(keyed("after", "four"))).toMatchObject({ kind: "created" });
        expect(await restart(store, third.id)).toMatchObject({
          kind: "duplicate",
          runId: second.id,
          status: "running",
        });
      }));

    test("replace asks a running run to end, cancels one that rests at once, and never two are alive", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startClaimed(store, keyed("replace", "one"));
        const second = keyed("replace", "two");
        expect(await store.createRun(second)).toEqual({ kind: "created", claim: null });
        expect((await store.getRun(runId))?.wish).toMatchObject({
          kind: "cancel",
          reason: expect.stringContaining("acme"),
        });
        expect(await claimAll(store)).toEqual([]);
        expect(await store.createRun(keyed("replace", "three"))).toEqual({ kind: "replaced", runId: second.id });
        expect(await store.report(fence, { status: "cancelled", reason: null })).toMatchObject({ kind: "written" });
        // It rests: cancelled in the transaction of the next start, which is claimed with its creation.
        const fourth = keyed("replace", "four", { claim: TERMS });
        expect(await store.createRun(fourth)).toMatchObject({ kind: "created", claim: { token: 1 } });
        expect((await store.getRun(second.id))?.status).toBe("cancelled");
      }));

    test("a run that has ended is not opened again beside an active one of its key", () =>
      withStore(factory, async ({ store }) => {
        const first = await startClaimed(store, keyed("join", "one"));
        await store.report(first.fence, { status: "failed", error: { name: "E", message: "m" }, reason: null });
        const second = await startClaimed(store, keyed("join", "two"));
        const refused = { kind: "duplicate", runId: second.runId, status: "running" };
        expect(await resume(store, first.runId)).toEqual(refused);
        expect(await restart(store, first.runId)).toEqual(refused);
        await store.report(second.fence, COMPLETED);
        expect(await resume(store, first.runId)).toMatchObject({ kind: "queued" });
        expect(await store.createRun(keyed("join", "one"))).toMatchObject({ kind: "joined", runId: first.runId });
      }));

    test("quietMs puts the start off with each further start, with the last input, and not beyond maxWaitMs", () =>
      withStore(factory, async ({ store, advance }) => {
        const first = quiet("0", 5 * QUIET_MS);
        expect(await store.createRun({ ...first, claim: TERMS })).toEqual({ kind: "created", claim: null });
        for (let i = 1; i <= 5; i++) {
          await advance(0.9 * QUIET_MS);
          expect(await claimAll(store)).toEqual([]);
          expect(await store.createRun(quiet(String(i), 5 * QUIET_MS))).toEqual({ kind: "replaced", runId: first.id });
        }
        await advance(0.6 * QUIET_MS);
        const [claimed] = await claimAll(store);
        expect([claimed?.runId, await topicOf(store, first.id)]).toEqual([first.id, "5"]);
        // The next burst meets a running run: it waits for its end, and for its own quiet.
        const next = quiet("6");
        await store.createRun(next);
        expect(await store.createRun(quiet("7"))).toEqual({ kind: "replaced", runId: next.id });
        if (claimed !== undefined) await store.report(claimed.fence, COMPLETED);
        expect(await claimAll(store)).toEqual([]);
        await advance(QUIET_MS);
        expect((await claimAll(store)).map(({ runId }) => runId)).toEqual([next.id]);
        expect(await topicOf(store, next.id)).toBe("7");
      }));

    test("of many starters at once, over two connections, one run is made and the others join it", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        const outcomes = await Promise.all(
          Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? store : other).createRun(keyed("join", "tides"))),
        );
        const created = outcomes.filter(({ kind }) => kind === "created");
        expect([created.length, outcomes.filter(({ kind }) => kind === "joined").length]).toEqual([1, 11]);
        if (other !== store) await other.close();
      }));

    test("a start that meets the end of the active run is lost in no order: it joins, follows, or is the next", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const other = openAgain === null ? store : await openAgain();
        for (let round = 0; round < 8; round++) {
          const { runId, fence } = await startClaimed(store, keyed("after", `${round}`));
          const next = keyed("after", `${round} next`);
          const ends = () => store.report(fence, COMPLETED);
          const starts = () => other.createRun(next);
          const [, outcome] = await (round % 2 === 0
            ? Promise.all([ends(), starts()])
            : Promise.all([starts(), ends()]).then(([a, b]) => [b, a] as const));
          expect(outcome).toEqual({ kind: "created", claim: null });
          expect((await store.getRun(runId))?.status).toBe("completed");
          const [claimed] = await claimAll(store);
          expect(claimed?.runId).toBe(next.id);
          if (claimed !== undefined) await store.report(claimed.fence, COMPLETED);
        }
        if (other !== store) await other.close();
      }));

    test("of a hundred starts while a deaf run is replaced, one waits, and it has the last input", () =>
      withStore(factory, async ({ store }) => {
        const { fence } = await startClaimed(store, keyed("replace", "first"));
        const outcomes = [];
        for (let i = 0; i < 100; i++) outcomes.push(await store.createRun(keyed("replace", String(i))));
        expect(outcomes.filter(({ kind }) => kind === "created")).toHaveLength(1);
        expect(await claimAll(store)).toEqual([]);
        await store.report(fence, { status: "cancelled", reason: null });
        const claimed = await claimAll(store);
        expect(claimed).toHaveLength(1);
        expect(await topicOf(store, claimed[0]?.runId ?? "")).toBe("99");
      }));
  });
}
