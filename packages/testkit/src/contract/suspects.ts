/**
 * Charges for the death of a process: a run that died together with others is tried again alone; one that died alone is
 * charged.
 */
import { decideRecovery, type RecoveryDecision, type RunId, type Store, SUSPECT_PATIENCE_MS } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  BOOM,
  claimOne,
  completeStage,
  expectGapless,
  type Held,
  INLINE,
  LEASE_MS,
  newRun,
  OTHER_TERMS,
  RESUME_SILENT,
  resume,
  STALL_MS,
  type StoreFactory,
  startRun,
  TERMS,
  withStore,
} from "./factory.js";
import { commit, intentOf, ok, opened } from "./map-pieces.js";

type Decided = Exclude<RecoveryDecision, { action: "none" }>;
/** Claim terms of a worker that has a process for each run. */
const BRIEF = { workflows: ["brief"], aloneAfter: 1 } as const;

/** Applies what the supervisor decides about a run whose holder is proven dead, and returns the decision. */
async function recoverDead(store: Store, runId: RunId): Promise<Decided> {
  const found = await store.getRunningFacts(runId);
  if (found === null) throw new Error(`${runId} is not running`);
  const decision = decideRecovery({ ...found.facts, isHolderDead: true }, found.policy);
  if (decision.action === "none") throw new Error(`nothing is decided about ${runId}: ${decision.reason}`);
  const request = { runId, token: found.lease.token, about: "holder", isHolderDead: true, by: "s" } as const;
  expect(await store.recover(request, decision)).toBe(true);
  return decision;
}

/** Two runs that died in one process; both are queued again as suspects. */
async function twoSuspects(store: Store): Promise<readonly [Held, Held]> {
  const both = [await startRun(store), await startRun(store)] as const;
  for (const { runId } of both) await recoverDead(store, runId);
  return both;
}

const recordOf = async (store: Store, { runId }: Pick<Held, "runId">) => {
  const run = await store.getRun(runId);
  return { status: run?.status, recoveries: run?.recoveries, deaths: run?.deaths };
};

export function exerciseSuspects(factory: StoreFactory): void {
  describe(`${factory.name}: charges for the death of a process`, () => {
    test("a run that died alone in its process is charged a recovery", () =>
      withStore(factory, async ({ store }) => {
        const alone = await startRun(store);
        await startRun(store, { claim: OTHER_TERMS });
        expect((await store.getRunningFacts(alone.runId))?.facts.wasAlone).toBe(true);
        expect(await recoverDead(store, alone.runId)).toMatchObject({ action: "resume", uses: "recovery" });
        expect(await recordOf(store, alone)).toEqual({ status: "queued", recoveries: 1, deaths: 1 });
      }));

    test("of runs that died together none is charged, not even the last one recovered", () =>
      withStore(factory, async ({ store }) => {
        const runs = [await startRun(store), await startRun(store), await startRun(store)];
        for (const run of runs) {
          expect(await recoverDead(store, run.runId)).toMatchObject({
            action: "resume",
            uses: "suspicion",
            reason: "the holder died with other runs in it",
          });
          expect(await recordOf(store, run)).toEqual({ status: "queued", recoveries: 0, deaths: 1 });
          const events = await store.listEvents(run.runId, { after: 2, limit: 5 });
          expect(events).toMatchObject([{ type: "run.recovered", data: { action: "resume", recoveries: 0 } }]);
          await expectGapless(store, run.runId);
        }
      }));

    test("workers in the same process count as one process, whatever their names", () =>
      withStore(factory, async ({ store }) => {
        const one = await startRun(store);
        await startRun(store, { claim: { ...TERMS, holder: { ...TERMS.holder, name: "worker-a-2" } } });
        expect((await store.getRunningFacts(one.runId))?.facts.wasAlone).toBe(false);
        const listed = await store.listRunning({ after: null, limit: 10 });
        expect(listed.map(({ facts }) => facts.wasAlone)).toEqual([false, false]);
      }));

    test("a second death in a row together with others is not charged either; from the third on it always is", () =>
      withStore(factory, async ({ store }) => {
        const claimAll = () => store.claim({ ...TERMS, workflows: ["brief"], limit: 9, aloneAfter: 2 });
        const runs = [await startRun(store), await startRun(store)];
        for (const { runId } of runs) await recoverDead(store, runId);
        expect(await claimAll()).toHaveLength(2);
        for (const run of runs) {
          expect(await recoverDead(store, run.runId)).toMatchObject({ uses: "suspicion" });
          expect(await recordOf(store, run)).toEqual({ status: "queued", recoveries: 0, deaths: 2 });
        }
        // Each must be alone by now. A worker that ignores this takes both anyway.
        expect(await claimAll()).toHaveLength(1);
        expect(await claimAll()).toHaveLength(1);
        for (const run of runs) {
          expect(await recoverDead(store, run.runId)).toMatchObject({ uses: "recovery", reason: "the holder died" });
          expect(await recordOf(store, run)).toEqual({ status: "queued", recoveries: 1, deaths: 3 });
        }
      }));

    test("a run with a pending wish, or whose policy is to fail, still counts as company for the others", () =>
      withStore(factory, async ({ store }) => {
        const [one, other] = [await startRun(store), await startRun(store)];
        await store.steer({ runId: one.runId, wish: "cancel", reason: null, by: "ada" });
        expect(await recoverDead(store, one.runId)).toMatchObject({ action: "cancel" });
        expect(await recoverDead(store, other.runId)).toMatchObject({ uses: "suspicion" });
      }));

    test("a charge decided before the company was known is not applied", () =>
      withStore(factory, async ({ store }) => {
        const [one] = [await startRun(store), await startRun(store)];
        const request = { runId: one.runId, token: 1, about: "holder", isHolderDead: true, by: "s" } as const;
        expect(await store.recover(request, RESUME_SILENT)).toBe(false);
        expect(await recordOf(store, one)).toMatchObject({ status: "running", recoveries: 0 });
        expect(await recoverDead(store, one.runId)).toMatchObject({ uses: "suspicion" });
      }));

    test("a refused recovery marks no company: a run whose neighbor went on is charged when it dies alone", () =>
      withStore(factory, async ({ store }) => {
        const [one, other] = [await startRun(store), await startRun(store)];
        const request = { runId: one.runId, token: 1, about: "holder", isHolderDead: true, by: "s" } as const;
        expect(await store.recover(request, RESUME_SILENT)).toBe(false);
        await store.report(one.fence, { status: "queued", reason: null, wakeInMs: 60_000 });
        expect(await recoverDead(store, other.runId)).toMatchObject({ uses: "recovery" });
      }));

    test("when a process fell silent, came back and took another run, its death charges neither run", () =>
      withStore(factory, async ({ store }) => {
        const [silent, told] = [await startRun(store), await startRun(store)];
        await recoverDead(store, silent.runId);
        const later = await startRun(store);
        expect(await recoverDead(store, told.runId)).toMatchObject({ uses: "suspicion" });
        expect(await recoverDead(store, later.runId)).toMatchObject({ uses: "suspicion" });
      }));

    test("a decision made before an outcome of the dead process arrived is not applied: the count was reset", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        await recoverDead(store, runId);
        const { fence } = await claimOne(store);
        await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
        const found = await store.getRunningFacts(runId);
        expect(found?.deaths).toBe(1);
        const finish = { stage: "a", attempt: 1, status: "completed", output: INLINE, ms: 5 } as const;
        expect((await store.finishAttempt(fence, finish)).kind).toBe("written");
        const request = { runId, token: 2, about: "holder", isHolderDead: true, by: "s" } as const;
        const decision: Decided = { action: "fail", reason: "recovered 1 times", uses: "nothing", afterMs: 0 };
        expect(await store.recover({ ...request, deaths: found?.deaths }, decision)).toBe(false);
        expect(await recordOf(store, { runId })).toMatchObject({ status: "running" });
        expect(await store.recover({ ...request, deaths: 0 }, decision)).toBe(true);
      }));

    test("a suspect that dies again is charged each time, and fails after dying alone maxRecoveries times", () =>
      withStore(factory, async ({ store, advance }) => {
        const [one, other] = await twoSuspects(store);
        await store.steer({ runId: other.runId, wish: "cancel", reason: null, by: "ada" });
        for (const charged of [1, 2, 3]) {
          await advance(60_000);
          expect((await claimOne(store)).runId).toBe(one.runId);
          expect(await recoverDead(store, one.runId)).toMatchObject({ action: "resume", uses: "recovery" });
          expect(await recordOf(store, one)).toMatchObject({ recoveries: charged });
        }
        await advance(60_000);
        await claimOne(store);
        expect(await recoverDead(store, one.runId)).toMatchObject({
          action: "fail",
          reason: "recovered 3 times",
        });
        const run = await store.getRun(one.runId);
        expect(run).toMatchObject({ status: "failed", recoveries: 3, deaths: 4 });
      }));

    test("the outcome of a stage ends the suspicion and resets the count; a checkpoint, progress or a retry does not", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        await recoverDead(store, runId);
        const { fence, claim } = await claimOne(store);
        expect(claim.run).toMatchObject({ deaths: 1, recoveries: 1 });
        await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
        await store.saveCheckpoint(fence, { stage: "a", attempt: 1, json: "1" });
        await store.setProgress(fence, { items: null, label: "x" });
        const failed = { stage: "a", attempt: 1, status: "failed", error: BOOM, isRecord: false, afterMs: 0 } as const;
        await store.finishAttempt(fence, failed);
        expect((await store.getRunningFacts(runId))?.facts).toMatchObject({ recoveries: 1, wasAlone: true });
        expect((await store.getRun(runId))?.deaths).toBe(1);
        await completeStage(store, fence, "a", 2);
        expect((await store.getRunningFacts(runId))?.facts).toMatchObject({ recoveries: 0, wasAlone: true });
        expect(await store.getRun(runId)).toMatchObject({ deaths: 0, recoveries: 1 });
        await recoverDead(store, runId);
        expect(await store.getRun(runId)).toMatchObject({ deaths: 1, recoveries: 1 });
      }));

    test("a recorded failure of a stage is an outcome too", () =>
      withStore(factory, async ({ store }) => {
        await twoSuspects(store);
        const { runId, fence } = await claimOne(store);
        await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
        const failed = { stage: "a", attempt: 1, status: "failed", error: BOOM, isRecord: true, afterMs: 0 } as const;
        await store.finishAttempt(fence, failed);
        expect((await store.getRun(runId))?.deaths).toBe(0);
      }));

    test("the result of an item is an outcome too; its intent is not", () =>
      withStore(factory, async ({ store }) => {
        await twoSuspects(store);
        const { runId, fence } = await claimOne(store);
        await opened(store, fence);
        await commit(store, fence, { intents: [intentOf(0, "k0")] });
        expect((await store.getRun(runId))?.deaths).toBe(1);
        await commit(store, fence, { results: [ok(0, "k0")] });
        expect((await store.getRun(runId))?.deaths).toBe(0);
      }));

    test("a process that executes nothing gets a suspect and nothing else", () =>
      withStore(factory, async ({ store }) => {
        const suspects = await twoSuspects(store);
        await store.createRun(newRun());
        const first = await store.claim({ ...TERMS, ...BRIEF, limit: 4 });
        expect(first.map(({ run }) => run.id)).toEqual([suspects[0].runId]);
      }));

    test("a process that executes something gets none; one started for a suspect gets nothing else", () =>
      withStore(factory, async ({ store }) => {
        const suspects = await twoSuspects(store);
        await startRun(store, { claim: OTHER_TERMS, workflow: "other" });
        const take = (suspectsAre: "none" | "only", limit = 4) =>
          store.claim({ ...TERMS, ...BRIEF, limit, suspects: suspectsAre });
        expect(await take("none")).toEqual([]);
        expect((await take("only")).map(({ run }) => run.id)).toEqual([suspects[0].runId]);
        expect((await take("only")).map(({ run }) => run.id)).toEqual([suspects[1].runId]);
        expect(await take("only")).toEqual([]);
        expect(await store.claim({ ...TERMS, ...BRIEF, limit: 0 })).toEqual([]);
      }));

    test("a busy process gets no runs queued after a suspect once the suspect has waited long enough", () =>
      withStore(factory, async ({ store, advance }) => {
        const [suspect] = await twoSuspects(store);
        await advance(1_000);
        const later = await startRun(store);
        await store.report(later.fence, { status: "queued", reason: null, wakeInMs: 0 });
        const busy = { ...OTHER_TERMS, ...BRIEF, limit: 1, suspects: "none" } as const;
        await advance(SUSPECT_PATIENCE_MS);
        expect(await store.claim(busy)).toEqual([]);
        expect((await store.claim({ ...busy, suspects: "first" }))[0]?.run.id).toBe(suspect.runId);
        await store.claim({ ...busy, suspects: "only" });
        expect((await store.claim(busy))[0]?.run.id).toBe(later.runId);
      }));

    test("hasSuspects reports due suspects of the given workflows", () =>
      withStore(factory, async ({ store, advance }) => {
        expect(await store.hasSuspects(["brief"])).toBe(false);
        const { runId } = await startRun(store);
        const request = { runId, token: 1, about: "holder", isHolderDead: true, by: "s" } as const;
        await store.recover(request, { ...RESUME_SILENT, afterMs: 5_000 });
        expect(await store.hasSuspects(["brief"])).toBe(false);
        await advance(6_000);
        expect(await store.hasSuspects(["brief"])).toBe(true);
        expect(await store.hasSuspects(["other", "brief"])).toBe(true);
        expect(await store.hasSuspects(["other"])).toBe(false);
        await claimOne(store);
        expect(await store.hasSuspects(["brief"])).toBe(false);
      }));

    test("silence is judged like death", () =>
      withStore(factory, async ({ store, advance }) => {
        const silent = [await startRun(store), await startRun(store)];
        await advance(STALL_MS + 1_000);
        for (const { runId } of silent) {
          const found = await store.getRunningFacts(runId);
          expect(found?.facts).toMatchObject({ isLeaseExpired: true, wasAlone: false });
          const request = { runId, token: 1, about: "holder", isHolderDead: false, by: "s" } as const;
          expect(await store.recover(request, { ...RESUME_SILENT, uses: "suspicion" })).toBe(true);
        }
      }));

    test("a person's takeover and resume keep the suspicion and reset the count", () =>
      withStore(factory, async ({ store }) => {
        const [one, other] = [await startRun(store), await startRun(store)];
        const taken = await resume(store, one.runId, OTHER_TERMS, { deadHolder: { token: 1 } });
        expect(taken).toMatchObject({ kind: "claimed", claim: { run: { deaths: 1, recoveries: 0 } } });
        // The run left behind was not alone either.
        expect(await recoverDead(store, other.runId)).toMatchObject({ uses: "suspicion" });
        await store.claim({ holder: TERMS.holder, leaseMs: LEASE_MS, ...BRIEF, limit: 1 });
        await recoverDead(store, other.runId);
        await store.steer({ runId: other.runId, wish: "fail", reason: null, by: "ada" });
        expect(await recordOf(store, other)).toEqual({ status: "failed", recoveries: 1, deaths: 2 });
        await resume(store, other.runId);
        expect(await recordOf(store, other)).toEqual({ status: "queued", recoveries: 0, deaths: 2 });
      }));
  });
}
