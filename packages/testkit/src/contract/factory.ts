/**
 * How the contract suite opens a store, and helpers for its tests. Each test opens its own store, so no test sees
 * another's runs. Time moves only by `advance`, so no test waits.
 */
import {
  type AuditAction,
  type AuditStamp,
  type Claim,
  type Fence,
  type Holder,
  RECOVERY_DEFAULTS,
  type RecordedError,
  type RequeueRequest,
  type RestartRequest,
  type RunCreate,
  type RunEventType,
  type RunId,
  type RunStatus,
  type Store,
} from "@holdfast/core";
import { expect } from "vitest";

export interface OpenedStore {
  readonly store: Store;
  /** Advances the store's clocks. */
  advance(ms: number): void | Promise<void>;
  /** Opens a second connection to the same data, as another process would; null if there is none (a store in memory). */
  readonly openAgain: (() => Promise<Store>) | null;
  close(): Promise<void>;
}

export interface StoreFactory {
  readonly name: string;
  open(): Promise<OpenedStore>;
}

/** Runs `body` on a fresh store, and closes the store in any case. */
export async function withStore(factory: StoreFactory, body: (opened: OpenedStore) => Promise<void>): Promise<void> {
  const opened = await factory.open();
  try {
    await body(opened);
  } finally {
    await opened.close();
  }
}

export const LEASE_MS = 60_000;
/** Below LEASE_MS: silence of this length expires the leases of the suite's runs. */
export const STALL_MS = 30_000;

/** Each name stands for its own process. */
export function holderOf(name: string): Holder {
  return { name, host: "host-1", pid: 101, bootId: "boot-1", pidNamespace: "pid:[1]", processStart: name };
}

export const TERMS = { holder: holderOf("worker-a"), leaseMs: LEASE_MS };
export const OTHER_TERMS = { holder: holderOf("worker-b"), leaseMs: LEASE_MS };
export const BOOM: RecordedError = { name: "Error", message: "boom" };
export const INLINE = { kind: "inline", json: '{"answer":42}' } as const;

let runCount = 0;

export function newRun(change: Partial<RunCreate> = {}): RunCreate {
  runCount += 1;
  return {
    id: `run-${runCount}` as RunId,
    workflow: "brief",
    version: null,
    owner: null,
    inputJson: '{"topic":"tides"}',
    givenJson: null,
    stages: null,
    policy: { ...RECOVERY_DEFAULTS, stallAfterMs: STALL_MS },
    through: null,
    idempotencyKey: null,
    forkedFrom: null,
    claim: null,
    ...change,
  };
}

/** Audit data: who requested what, and why. */
export function stampOf(action: AuditAction, id = "ada", reason: string | null = null): AuditStamp {
  return { actor: { id, via: "http", requestId: "req-1" }, action, reason };
}

export interface Held {
  readonly runId: RunId;
  readonly fence: Fence;
  readonly claim: Claim;
}

export function held(claim: Claim): Held {
  const runId = claim.run.id;
  return { runId, claim, fence: { runId, token: claim.token, nonce: claim.nonce } };
}

/** A run that `worker-a` has just created and holds. */
export async function startRun(store: Store, change: Partial<RunCreate> = {}): Promise<Held> {
  const created = await store.createRun(newRun({ claim: TERMS, ...change }));
  if (created.kind !== "created" || created.claim === null) throw new Error(`not created and claimed: ${created.kind}`);
  return held(created.claim);
}

export async function claimOne(store: Store, terms = TERMS, workflows: readonly string[] = ["brief"]): Promise<Held> {
  const [claim] = await store.claim({ ...terms, workflows, limit: 1 });
  if (claim === undefined) throw new Error("nothing to claim");
  return held(claim);
}

/** Queues a paused or finished run again, as a person does. */
export function resume(
  store: Store,
  runId: RunId,
  claim: typeof TERMS | null = null,
  change: Partial<RequeueRequest> = {},
) {
  return store.requeue({
    runId,
    from: ["queued", "paused", "failed", "cancelled"],
    by: "ada",
    through: null,
    isByPerson: true,
    directive: null,
    input: null,
    deadHolder: null,
    claim,
    ...change,
  });
}

/** Decision of a supervisor about a run whose holder fell silent for the first time. */
export const RESUME_SILENT = { action: "resume", reason: "silent", uses: "recovery", afterMs: 0 } as const;

/** Restarts a run, as a person does. */
export function restart(store: Store, runId: RunId, change: Partial<RestartRequest> = {}) {
  return store.restart({ runId, by: "ada", input: null, version: null, stages: null, claim: null, ...change });
}

/** How long the sleep of a waiting run lasts. */
export const NAP_MS = 60_000;

/** Opens a sleep, with which the run may be parked. */
export function openNap(store: Store, fence: Fence, stage = "nap", ms = NAP_MS) {
  return store.openWait(fence, { stage, kind: "sleep", due: { kind: "after", ms } });
}

/** Brings a new run into `status`; a running one is held by `worker-a`. */
export async function runIn(store: Store, status: RunStatus, change: Partial<RunCreate> = {}): Promise<Held> {
  const started = await startRun(store, change);
  const { fence } = started;
  switch (status) {
    case "running":
      break;
    case "queued":
      await store.report(fence, { status, reason: null, wakeInMs: 0 });
      break;
    case "paused":
      await store.report(fence, { status, reason: null, wakeInMs: null });
      break;
    case "waiting":
      await openNap(store, fence);
      await store.report(fence, { status, reason: "sleep nap" });
      break;
    case "completed":
      await store.report(fence, { status, output: INLINE, stageCount: 0 });
      break;
    case "failed":
      await store.report(fence, { status, error: BOOM, reason: null });
      break;
    case "cancelled":
      await store.report(fence, { status, reason: null });
      break;
  }
  expect(await statusOf(store, started.runId)).toBe(status);
  return started;
}

export async function statusOf(store: Store, runId: string): Promise<RunStatus | undefined> {
  return (await store.getRun(runId))?.status;
}

export async function eventTypes(store: Store, runId: RunId): Promise<RunEventType[]> {
  return (await store.listEvents(runId, { after: 0, limit: 1_000 })).map((event) => event.type);
}

/** Asserts that the run's events are numbered 1, 2, 3, … up to its head. */
export async function expectGapless(store: Store, runId: RunId): Promise<void> {
  const events = await store.listEvents(runId, { after: 0, limit: 10_000 });
  expect(events.map((event) => event.seq)).toEqual(events.map((_, place) => place + 1));
  expect((await store.getRun(runId))?.head).toBe(events.length);
}

/** Runs one stage from start to recorded completion. */
export async function completeStage(store: Store, fence: Fence, stage: string, attempt = 1): Promise<void> {
  expect(await store.startAttempt(fence, { stage, attempt, inputsHash: null })).toMatchObject({ kind: "written" });
  const finish = { stage, attempt, status: "completed", output: INLINE, ms: 5 } as const;
  expect(await store.finishAttempt(fence, finish)).toMatchObject({ kind: "written" });
}
