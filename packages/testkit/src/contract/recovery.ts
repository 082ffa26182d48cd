/** Runs whose worker died, fell silent or is idle: the facts, and applying a decision about them. */
import {
  decideRecovery,
  RECOVERY_DEFAULTS,
  type RecoveryDecision,
  type RequeueRequest,
  type RunId,
  type Store,
} from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  completeStage,
  eventTypes,
  expectGapless,
  LEASE_MS,
  newRun,
  OTHER_TERMS,
  RESUME_SILENT,
  restart,
  resume,
  runIn,
  STALL_MS,
  type StoreFactory,
  startRun,
  statusOf,
  TERMS,
  withStore,
} from "./factory.js";

type Decided = Exclude<RecoveryDecision, { action: "none" }>;
const LIMITS = { ...RECOVERY_DEFAULTS, stallAfterMs: STALL_MS, idleTimeoutMs: 20_000 };

async function factsOf(store: Store, runId: RunId) {
  const running = await store.listRunning({ after: null, limit: 100 });
  const found = running.find((entry) => entry.lease.runId === runId);
  if (found === undefined) throw new Error(`${runId} is not running`);
  return found;
}

export function exerciseRecovery(factory: StoreFactory): void {
  describe(`${factory.name}: recovery`, () => {
    test("all running runs are listed once, page by page, with the facts for a decision", () =>
      withStore(factory, async ({ store }) => {
        const ids: string[] = [];
        for (let i = 0; i < 5; i++) ids.push((await startRun(store)).runId);
        for (const status of ["queued", "paused", "completed"] as const) await runIn(store, status);
        const seen: string[] = [];
        let after: RunId | null = null;
        for (let page = 0; page < 4; page++) {
          const rows = await store.listRunning({ after, limit: 2 });
          seen.push(...rows.map((row) => row.lease.runId));
          after = rows.at(-1)?.lease.runId ?? after;
        }
        expect(seen).toEqual([...ids].sort());
        const [row] = await store.listRunning({ after: null, limit: 1 });
        expect(row).toMatchObject({
          lease: { holder: "worker-a", holderIdentity: TERMS.holder, isExpired: false },
          policy: { stallAfterMs: STALL_MS },
          facts: {
            status: "running",
            isLeaseExpired: false,
            recoveries: 0,
            retries: 0,
            hasRecord: false,
            hasProgressed: false,
            wish: null,
          },
        });
      }));

    test("the reason of a recovery is the run's last error, with its time, until a restart", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await startRun(store);
        expect(await store.getRun(runId)).toMatchObject({ lastError: null, lastErrorAt: null });
        const request = { runId, token: 1, about: "holder", isHolderDead: true, by: "s" } as const;
        expect(await store.recover(request, { ...RESUME_SILENT, reason: "the holder died" })).toBe(true);
        const run = await store.getRun(runId);
        expect(run).toMatchObject({ lastError: { message: "the holder died" }, lastErrorAt: run?.updatedAt });
        await advance(5_000);
        await claimOne(store);
        expect(await store.getRun(runId)).toMatchObject({ lastErrorAt: run?.updatedAt });
        await store.steer({ runId, wish: "cancel", reason: null, by: "ada" });
        const cancel = { action: "cancel", reason: "as asked", uses: "nothing", afterMs: 0 } as const;
        await store.recover({ ...request, token: 2 }, cancel);
        expect(await store.getRun(runId)).toMatchObject({ status: "cancelled", lastErrorAt: run?.updatedAt });
        await restart(store, runId);
        expect(await store.getRun(runId)).toMatchObject({ lastError: null, lastErrorAt: null });
      }));

    test("a recorded stage or checkpoint can be resumed from; progress and logs cannot", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
        await store.appendEvents(fence, [{ type: "log", data: { stage: "a", attempt: 1, message: "m" } }]);
        expect((await factsOf(store, runId)).facts).toMatchObject({ hasRecord: false, hasProgressed: false });
        await store.setProgress(fence, { items: null, label: "x" });
        expect((await factsOf(store, runId)).facts).toMatchObject({ hasRecord: false, hasProgressed: true });
        await store.saveCheckpoint(fence, { stage: "a", attempt: 1, json: "1" });
        expect((await factsOf(store, runId)).facts).toMatchObject({ hasRecord: true, hasProgressed: true });
        const other = await startRun(store);
        await completeStage(store, other.fence, "a");
        expect((await factsOf(store, other.runId)).facts).toMatchObject({ hasRecord: true, hasProgressed: true });
      }));

    test("idleness counts from the last record or progress, regardless of heartbeats", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store, { policy: LIMITS });
        await advance(10_000);
        await store.beat([{ ...fence, leaseMs: LEASE_MS }]);
        expect((await factsOf(store, runId)).facts.idleForMs).toBeGreaterThanOrEqual(10_000);
        const timeoutAt = (await store.getRun(runId))?.timeoutAt ?? 0;
        await store.setProgress(fence, { items: null, label: "x" });
        expect((await factsOf(store, runId)).facts.idleForMs).toBeLessThan(10_000);
        expect((await store.getRun(runId))?.timeoutAt).toBeGreaterThan(timeoutAt);
      }));

    test("a run of a silent holder is queued again, and its attempts are interrupted", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
        await advance(STALL_MS + 1_000);
        expect((await factsOf(store, runId)).facts.isLeaseExpired).toBe(true);
        const decision = { ...RESUME_SILENT, afterMs: 2_000 };
        expect(await store.recover({ runId, token: 1, isHolderDead: false, by: "supervisor" }, decision)).toBe(true);
        expect(await store.getRun(runId)).toMatchObject({ status: "queued", recoveries: 1, retries: 0, lease: null });
        expect(await store.listAttempts(runId)).toMatchObject([{ status: "interrupted" }]);
        expect(await store.claim({ ...TERMS, workflows: ["brief"], limit: 1 })).toEqual([]);
        await advance(2_000);
        const next = await claimOne(store, OTHER_TERMS);
        expect(next.claim.token).toBe(2);
        const events = await store.listEvents(runId, { after: 3, limit: 10 });
        expect(events).toMatchObject([
          { type: "run.recovered", data: { action: "resume", reason: "silent", recoveries: 1 } },
          { type: "run.claimed" },
        ]);
        await expectGapless(store, runId);
      }));

    test("nothing happens to a holder that gave a sign of life since the decision", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await advance(STALL_MS + 1_000);
        await store.beat([{ ...fence, leaseMs: LEASE_MS }]);
        expect(await store.recover({ runId, token: 1, isHolderDead: false, by: "s" }, RESUME_SILENT)).toBe(false);
        expect(await statusOf(store, runId)).toBe("running");
        expect((await store.setProgress(fence, { items: null, label: null })).kind).toBe("written");
      }));

    test("nothing happens to a lease other than the one judged", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        await claimOne(store, OTHER_TERMS);
        expect(await store.recover({ runId, token: 1, isHolderDead: true, by: "s" }, RESUME_SILENT)).toBe(false);
        for (const status of ["queued", "paused", "completed", "failed", "cancelled"] as const) {
          const { runId: other } = await runIn(store, status);
          expect(await store.recover({ runId: other, token: 1, isHolderDead: true, by: "s" }, RESUME_SILENT)).toBe(
            false,
          );
          expect(await statusOf(store, other)).toBe(status);
        }
        const missing = { runId: "no-such-run" as RunId, token: 1, isHolderDead: true, by: "s" };
        expect(await store.recover(missing, RESUME_SILENT)).toBe(false);
      }));

    test("if two supervisors have the same finding, one acts", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        const request = { runId, token: 1, isHolderDead: true, by: "s" };
        const answers = await Promise.all([
          store.recover(request, RESUME_SILENT),
          store.recover(request, RESUME_SILENT),
        ]);
        expect(answers.sort()).toEqual([false, true]);
        expect((await store.getRun(runId))?.recoveries).toBe(1);
      }));

    test("a proven death requires no silence", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        expect(await store.recover({ runId, token: 1, isHolderDead: true, by: "s" }, RESUME_SILENT)).toBe(true);
        expect(await statusOf(store, runId)).toBe("queued");
      }));

    test("a decision to pause, fail or cancel is applied, with both events", () =>
      withStore(factory, async ({ store }) => {
        const ends = { pause: ["paused", "run.paused"], fail: ["failed", "run.failed"] } as const;
        for (const [action, [status, type]] of Object.entries({ ...ends, cancel: ["cancelled", "run.cancelled"] })) {
          const { runId } = await startRun(store);
          const decision = { action, reason: "why", uses: "recovery", afterMs: 0 } as Decided;
          const request = { runId, token: 1, isHolderDead: true, by: "supervisor" };
          expect(await store.recover(request, decision)).toBe(true);
          const run = await store.getRun(runId);
          expect(run).toMatchObject({ status, reason: "why", recoveries: 1, lease: null });
          expect(run?.error === null).toBe(action !== "fail");
          expect((await eventTypes(store, runId)).slice(-2)).toEqual(["run.recovered", type]);
          await expectGapless(store, runId);
        }
      }));

    test("an idle run is retried if it is still idle, and a retry resets its progress", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store, { policy: LIMITS });
        await completeStage(store, fence, "a");
        await advance(20_000);
        await store.beat([{ ...fence, leaseMs: LEASE_MS }]);
        const found = await factsOf(store, runId);
        const decision = decideRecovery({ ...found.facts, isHolderDead: false }, found.policy);
        expect(decision).toMatchObject({ action: "resume", uses: "retry" });
        await store.setProgress(fence, { items: null, label: "moved" });
        const request = { runId, token: 1, isHolderDead: false, by: "s" };
        expect(await store.recover(request, decision as Decided)).toBe(false);
        await advance(20_000);
        await store.beat([{ ...fence, leaseMs: LEASE_MS }]);
        expect(await store.recover(request, decision as Decided)).toBe(true);
        expect(await store.getRun(runId)).toMatchObject({ status: "queued", retries: 1, recoveries: 0 });
        await claimOne(store);
        expect((await factsOf(store, runId)).facts).toMatchObject({
          hasProgressed: false,
          hasRecord: true,
          retries: 1,
        });
      }));

    test("an idle limit other than the policy's may be given", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId, fence } = await startRun(store);
        await advance(5_000);
        await store.beat([{ ...fence, leaseMs: LEASE_MS }]);
        const decision: Decided = { action: "fail", reason: "idle", uses: "nothing", afterMs: 0 };
        const request = { runId, token: 1, isHolderDead: false, by: "ada" };
        expect(await store.recover(request, decision)).toBe(false);
        expect(await store.recover({ ...request, idleForMs: 6_000 }, decision)).toBe(false);
        expect(await store.recover({ ...request, idleForMs: 5_000 }, decision)).toBe(true);
        expect(await statusOf(store, runId)).toBe("failed");
      }));

    test("a wish that came after the decision is not lost", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        await store.steer({ runId, wish: "cancel", reason: "enough", by: "ada" });
        const request = { runId, token: 1, isHolderDead: true, by: "s" };
        expect(await store.recover(request, RESUME_SILENT)).toBe(false);
        const found = await factsOf(store, runId);
        const decision = decideRecovery({ ...found.facts, isHolderDead: true }, found.policy) as Decided;
        expect(await store.recover(request, decision)).toBe(true);
        expect(await store.getRun(runId)).toMatchObject({ status: "cancelled", recoveries: 0 });
      }));

    test("recovery counts persist across claims, and a person's resume resets them", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        for (let token = 1; token <= 3; token++) {
          await store.recover({ runId, token, isHolderDead: true, by: "s" }, RESUME_SILENT);
          expect((await claimOne(store)).claim.run.recoveries).toBe(token);
        }
        await store.recover({ runId, token: 4, isHolderDead: true, by: "s" }, { ...RESUME_SILENT, action: "fail" });
        expect((await store.getRun(runId))?.recoveries).toBe(4);
        const base = {
          runId,
          from: ["failed"] as const,
          by: "ada",
          through: null,
          directive: null,
          input: null,
          deadHolder: null,
        };
        await store.requeue({ ...base, isByPerson: true, claim: null });
        expect(await store.getRun(runId)).toMatchObject({ status: "queued", recoveries: 0, retries: 0 });
      }));
  });

  describe(`${factory.name}: takeover by requeue`, () => {
    const takeOver = (store: Store, runId: RunId, change: Partial<RequeueRequest> = {}) =>
      resume(store, runId, OTHER_TERMS, change);

    test("a run with a living holder is held, and the answer says by whom", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await startRun(store);
        const outcome = await takeOver(store, runId);
        expect(outcome).toMatchObject({
          kind: "held",
          lease: { holder: "worker-a", host: "host-1", pid: 101, token: 1 },
        });
        expect(await statusOf(store, runId)).toBe("running");
      }));

    test("a proven death allows a takeover at once, in one transaction", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null });
        const outcome = await takeOver(store, runId, { deadHolder: { token: 1 } });
        expect(outcome).toMatchObject({
          kind: "claimed",
          claim: { token: 2, run: { status: "running", recoveries: 0 } },
        });
        expect(await store.listAttempts(runId)).toMatchObject([{ status: "interrupted" }]);
        expect((await eventTypes(store, runId)).slice(-3)).toEqual(["run.recovered", "run.resumed", "run.claimed"]);
        expect((await store.setProgress(fence, { items: null, label: null })).kind).toBe("leaseLost");
        await expectGapless(store, runId);
      }));

    test("a proof about an earlier holder does not affect the present one", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        await claimOne(store, OTHER_TERMS);
        const outcome = await takeOver(store, runId, { deadHolder: { token: 1 } });
        expect(outcome).toMatchObject({ kind: "held", lease: { holder: "worker-b", token: 2 } });
      }));

    test("an expired lease may be taken over by a person, but not by a timer for a paused run", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await startRun(store);
        await advance(STALL_MS + 1_000);
        const byTimer = await takeOver(store, runId, { isByPerson: false, from: ["paused"] });
        expect(byTimer.kind).toBe("held");
        expect(await takeOver(store, runId, { claim: null })).toEqual({ kind: "queued", from: "running" });
        expect(await statusOf(store, runId)).toBe("queued");
      }));

    test("a queued run can be claimed by ID, whatever its due time", () =>
      withStore(factory, async ({ store }) => {
        const create = newRun();
        await store.createRun(create);
        const outcome = await takeOver(store, create.id, { through: "gather" });
        expect(outcome).toMatchObject({ kind: "claimed", claim: { run: { through: "gather" } } });
        expect(await eventTypes(store, create.id)).toEqual(["run.created", "run.claimed"]);
      }));

    test("an unknown run is not found", () =>
      withStore(factory, async ({ store }) => {
        expect(await takeOver(store, "no-such-run" as RunId)).toEqual({ kind: "notFound" });
      }));
  });
}
