/** Schedules: each tick once, in the transaction that moves its schedule on, whatever became of earlier runs. */
import {
  type RunId,
  type ScheduleRecord,
  type ScheduleSave,
  type ScheduleTick,
  type ScheduleWrite,
  type Store,
  scheduledRunId,
  type TickStart,
} from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { claimOne, expectGapless, INLINE, newRun, type StoreFactory, stampOf, statusOf, withStore } from "./factory.js";

const HOUR_MS = 3_600_000;
const WORKFLOWS = { workflows: ["brief"], zoneVersion: "2026a" };
/** Instants of the tests; the store compares them with its clock only to say what is due. */
const AT = Date.UTC(2026, 5, 1, 6);

function scheduleOf(change: Partial<ScheduleWrite> = {}): ScheduleWrite {
  return {
    name: "nightly",
    workflow: "brief",
    owner: null,
    source: "person",
    state: "active",
    spec: { timing: { everyMs: HOUR_MS }, overlap: "skip", catchUp: "last", jitterMs: 0 },
    givenJson: '{"topic":"tides"}',
    secretsJson: null,
    digest: "d1",
    zoneVersion: "2026a",
    anchorAt: AT,
    countedAt: AT - 1,
    lastLocal: null,
    nextAt: AT,
    fireAt: AT,
    ...change,
  };
}

async function save(store: Store, change: Partial<ScheduleWrite> = {}, terms: Partial<ScheduleSave> = {}) {
  const schedule = scheduleOf(change);
  const found = await store.getSchedule(schedule.name);
  const ifRevision = found?.revision ?? null;
  const saved = await store.saveSchedule({ schedule, ifRevision, by: "ada", reason: null, audit: null, ...terms });
  expect(saved).toEqual({ kind: "saved" });
  return readOf(store, schedule.name);
}

async function readOf(store: Store, name = "nightly"): Promise<ScheduleRecord> {
  const found = await store.getSchedule(name);
  if (found === null) throw new Error(`no schedule ${name}`);
  return found;
}

function startOf(at: number, change: Partial<TickStart> = {}, name = "nightly"): TickStart {
  const kind = change.kind ?? "tick";
  const create = newRun({ id: scheduledRunId(name, at), schedule: { name, at, kind } });
  return { kind, at, create, reason: null, ...change };
}

/** A tick at `at`, moving the schedule an hour on. */
async function tickOf(store: Store, at: number, change: Partial<ScheduleTick> = {}): Promise<ScheduleTick> {
  const { revision, spec, name } = await readOf(store, change.name);
  return {
    name,
    revision,
    overlap: spec.overlap,
    starts: [startOf(at, {}, name)],
    missed: null,
    move: { countedAt: at, lastLocal: null, nextAt: at + HOUR_MS, fireAt: at + HOUR_MS, zoneVersion: "2026a" },
    audit: null,
    ...change,
  };
}

async function tick(store: Store, at: number, change: Partial<ScheduleTick> = {}) {
  const [answer] = await store.tickSchedules([await tickOf(store, at, change)]);
  return answer;
}

const outcomesOf = async (store: Store, name = "nightly") =>
  (await store.listTicks(name, 100)).map(({ at, outcome }) => [(at - AT) / HOUR_MS, outcome]);

const runOf = (at: number): RunId => scheduledRunId("nightly", at);

async function complete(store: Store): Promise<RunId> {
  const { fence, runId } = await claimOne(store);
  await store.report(fence, { status: "completed", output: INLINE, stageCount: 0 });
  return runId;
}

export function exerciseSchedules(factory: StoreFactory): void {
  describe(`${factory.name}: schedules`, () => {
    test("a schedule is changed by whoever read it last, and has its name in one case only", () =>
      withStore(factory, async ({ store }) => {
        const made = await save(store, { secretsJson: '{"input":{},"given":{}}' });
        const { secretsJson: _, ...shown } = scheduleOf();
        expect(made).toMatchObject({ ...shown, hasSecrets: true, revision: 1 });
        expect(made).toMatchObject({ changedBy: "ada", declaredAt: null, lastAt: null, activeCount: 0 });
        expect(Number.isSafeInteger(made.changedAt)).toBe(true);
        expect(await store.getScheduleSecrets("nightly")).toBe('{"input":{},"given":{}}');
        const stale = { schedule: scheduleOf(), ifRevision: null, by: "bob", reason: null, audit: null };
        expect(await store.saveSchedule(stale)).toEqual({ kind: "changed" });
        expect(await store.saveSchedule({ ...stale, schedule: scheduleOf({ name: "Nightly" }) })).toEqual({
          kind: "nameTaken",
          name: "nightly",
        });
        await save(store, { state: "paused" }, { keepsSecrets: true, by: "bob", reason: "moving house" });
        expect(await readOf(store)).toMatchObject({ state: "paused", changedBy: "bob", reason: "moving house" });
        expect(await store.getScheduleSecrets("nightly")).not.toBeNull();
        expect(await store.getSchedule("other")).toBeNull();
      }));

    test("schedules are listed by name, in pages, without those that were deleted", () =>
      withStore(factory, async ({ store }) => {
        for (const name of ["c", "a", "d", "b"]) await save(store, { name, owner: name === "a" ? "ann" : null });
        await save(store, { name: "c", state: "deleted" });
        const names = async (query: object) =>
          (await store.listSchedules({ limit: 10, ...query })).map(({ name }) => name);
        expect(await names({})).toEqual(["a", "b", "d"]);
        expect(await names({ limit: 2 })).toEqual(["a", "b"]);
        expect(await names({ after: "a" })).toEqual(["b", "d"]);
        expect(await names({ owner: "ann" })).toEqual(["a"]);
        expect(await names({ states: ["deleted"] })).toEqual(["c"]);
        expect(await names({ workflow: "other" })).toEqual([]);
      }));

    test("a tick starts its run and moves the schedule on; the same tick again changes nothing", () =>
      withStore(factory, async ({ store }) => {
        await save(store);
        const asked = await tickOf(store, AT);
        const [first] = await store.tickSchedules([asked]);
        expect(first).toMatchObject({ kind: "ticked", done: [{ outcome: "started", runId: runOf(AT) }] });
        expect(await store.tickSchedules([asked])).toEqual([{ kind: "stale" }]);
        expect(await readOf(store)).toMatchObject({ nextAt: AT + HOUR_MS, lastAt: AT, activeCount: 1, countedAt: AT });
        const [created] = await store.listEvents(runOf(AT), { after: 0, limit: 1 });
        expect(created?.data).toMatchObject({ schedule: { name: "nightly", at: AT, kind: "tick" } });
        expect(await store.listTicks("nightly", 5)).toMatchObject([{ at: AT, outcome: "started", status: "queued" }]);
        expect(await complete(store)).toBe(runOf(AT));
        expect(await store.listTicks("nightly", 5)).toMatchObject([{ status: "completed" }]);
        expect(await readOf(store)).toMatchObject({ activeCount: 0 });
        await expectGapless(store, runOf(AT));
      }));

    test("of two that tick at once one does, for each of many schedules", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const names = Array.from({ length: 12 }, (_, n) => `s${n}`);
        for (const name of names) await save(store, { name });
        const ticks = await Promise.all(names.map((name) => tickOf(store, AT, { name })));
        const other = openAgain === null ? store : await openAgain();
        const answers = await Promise.all([
          store.tickSchedules(ticks),
          other.tickSchedules([...ticks].reverse()),
          store.tickSchedules(ticks.slice(4)),
        ]);
        if (other !== store) await other.close();
        expect(answers.flat().filter(({ kind }) => kind === "ticked")).toHaveLength(names.length);
        for (const name of names) expect(await statusOf(store, scheduledRunId(name, AT))).toBe("queued");
        expect((await store.listRuns({ limit: 100 })).rows).toHaveLength(names.length);
      }));

    test("an instant has one run for good: by clock or by hand, also once the run was deleted", () =>
      withStore(factory, async ({ store }) => {
        await save(store);
        await tick(store, AT);
        await complete(store);
        await store.deleteRun(runOf(AT));
        const byHand = { starts: [startOf(AT, { kind: "backfill" })], move: null };
        expect(await tick(store, AT, byHand)).toMatchObject({ done: [{ outcome: "started", isRepeated: true }] });
        expect(await store.getRun(runOf(AT))).toBeNull();
        const later = { starts: [startOf(AT + HOUR_MS, { kind: "backfill" })], move: null };
        expect(await tick(store, AT, later)).toMatchObject({ done: [{ outcome: "started", isRepeated: false }] });
        await complete(store);
        expect(await tick(store, AT + HOUR_MS)).toMatchObject({ done: [{ isRepeated: true }] });
        expect((await store.listRuns({ limit: 10 })).rows).toHaveLength(1);
      }));

    test("a run ID that a foreign run has is a failed tick, and the schedule goes on", () =>
      withStore(factory, async ({ store }) => {
        await save(store);
        await store.createRun(newRun({ id: runOf(AT) }));
        expect(await tick(store, AT)).toMatchObject({ done: [{ outcome: "failed", runId: null }] });
        const broken = startOf(AT + HOUR_MS, { create: null, reason: "BAD_INPUT: topic" });
        expect(await tick(store, AT + HOUR_MS, { starts: [broken] })).toMatchObject({
          done: [{ outcome: "failed", reason: "BAD_INPUT: topic" }],
        });
        expect(await tick(store, AT + 2 * HOUR_MS)).toMatchObject({ done: [{ outcome: "started" }] });
      }));

    test("skip: a tick while a run is active starts none, and says which run and what it does", () =>
      withStore(factory, async ({ store }) => {
        await save(store);
        await tick(store, AT);
        const { fence } = await claimOne(store);
        await store.openWait(fence, { stage: "ok", kind: "sleep", due: null });
        await store.report(fence, { status: "waiting", reason: "sleep ok" });
        const skipped = await tick(store, AT + HOUR_MS);
        expect(skipped).toMatchObject({ done: [{ outcome: "skipped", runId: null }] });
        const reason = skipped?.kind === "ticked" ? skipped.done[0]?.reason : null;
        expect(reason).toMatch(/^run nightly~20260601T060000Z is waiting \(sleep ok\) since 20\d\d-/);
        await store.steer({ runId: runOf(AT), wish: "pause", reason: null, by: "ada" });
        expect(await tick(store, AT + 2 * HOUR_MS)).toMatchObject({ done: [{ outcome: "skipped" }] });
        await store.steer({ runId: runOf(AT), wish: "cancel", reason: null, by: "ada" });
        expect(await tick(store, AT + 3 * HOUR_MS)).toMatchObject({ done: [{ outcome: "started" }] });
        expect(await outcomesOf(store)).toEqual([
          [3, "started"],
          [2, "skipped"],
          [1, "skipped"],
          [0, "started"],
        ]);
      }));

    test("allow: each tick starts its run", () =>
      withStore(factory, async ({ store }) => {
        await save(store, { spec: { ...scheduleOf().spec, overlap: "allow" } });
        for (const n of [0, 1, 2]) await tick(store, AT + n * HOUR_MS);
        expect(await readOf(store)).toMatchObject({ activeCount: 3, pendingCount: 0 });
      }));

    test("queue: ticks wait for the active run and start one after the other, oldest first", () =>
      withStore(factory, async ({ store }) => {
        await save(store, { spec: { ...scheduleOf().spec, overlap: "queue" }, fireAt: AT + 1e12 });
        for (const n of [0, 1, 2]) await tick(store, AT + n * HOUR_MS);
        expect(await readOf(store)).toMatchObject({ activeCount: 1, pendingCount: 2 });
        const pendingOf = async () => (await store.listDueSchedules({ ...WORKFLOWS, limit: 5 })).schedules[0]?.pending;
        expect(await pendingOf()).toBeFalsy();
        const early = { starts: [startOf(AT + HOUR_MS)], move: null };
        expect(await tick(store, 0, early)).toMatchObject({ done: [{ outcome: "pending" }] });
        await complete(store);
        expect(await pendingOf()).toEqual({ kind: "tick", at: AT + HOUR_MS });
        expect(await store.getNextTickMs(WORKFLOWS)).toBe(0);
        expect(await tick(store, 0, early)).toMatchObject({ done: [{ outcome: "started", isRepeated: false }] });
        expect(await tick(store, 0, early)).toMatchObject({ done: [{ isRepeated: true }] });
        expect(await complete(store)).toBe(runOf(AT + HOUR_MS));
        expect(await pendingOf()).toEqual({ kind: "tick", at: AT + 2 * HOUR_MS });
        await save(
          store,
          { spec: { ...scheduleOf().spec, overlap: "queue" }, state: "paused", nextAt: null, fireAt: null },
          { drops: { reason: "the schedule was paused", all: false } },
        );
        expect(await readOf(store)).toMatchObject({ pendingCount: 0 });
        expect(await store.getNextTickMs(WORKFLOWS)).toBeNull();
        expect((await outcomesOf(store))[0]).toEqual([2, "skipped"]);
      }));

    test("cancelRunning: the active run ends first, and only the newest tick waits for it", () =>
      withStore(factory, async ({ store }) => {
        await save(store, { spec: { ...scheduleOf().spec, overlap: "cancelRunning" } });
        await tick(store, AT);
        // Queued: it is cancelled at once, and the next starts in the same transaction.
        const next = await tick(store, AT + HOUR_MS);
        expect(next).toMatchObject({ cancelled: [runOf(AT)], done: [{ outcome: "started" }] });
        expect(await statusOf(store, runOf(AT))).toBe("cancelled");
        const { fence } = await claimOne(store);
        expect(await tick(store, AT + 2 * HOUR_MS)).toMatchObject({ done: [{ outcome: "pending" }] });
        expect(await tick(store, AT + 3 * HOUR_MS)).toMatchObject({ done: [{ outcome: "pending" }] });
        expect(await readOf(store)).toMatchObject({ activeCount: 1, pendingCount: 1 });
        expect((await store.getRun(runOf(AT + HOUR_MS)))?.wish?.kind).toBe("cancel");
        await store.report(fence, { status: "cancelled", reason: null });
        const late = { starts: [startOf(AT + 3 * HOUR_MS)], move: null };
        expect(await tick(store, 0, late)).toMatchObject({ cancelled: [], done: [{ outcome: "started" }] });
        expect((await outcomesOf(store)).slice(0, 2)).toEqual([
          [3, "started"],
          [2, "skipped"],
        ]);
      }));

    test("a paused, retired or deleted schedule does not tick by the clock; a person's tick of a paused one does", () =>
      withStore(factory, async ({ store }) => {
        for (const state of ["paused", "retired", "deleted"] as const) {
          await save(store, { state, nextAt: null, fireAt: null });
          expect(await tick(store, AT)).toEqual({ kind: "stale" });
          expect(await store.getNextTickMs(WORKFLOWS)).toBeNull();
        }
        const byHand = { starts: [startOf(AT, { kind: "trigger" })], move: null };
        expect(await tick(store, AT, byHand)).toEqual({ kind: "stale" });
        await save(store, { state: "paused" });
        expect(await tick(store, AT, byHand)).toMatchObject({ done: [{ outcome: "started" }] });
      }));

    test("a pause between reading and ticking wins", () =>
      withStore(factory, async ({ store }) => {
        await save(store);
        const asked = await tickOf(store, AT);
        await save(store, { state: "paused" });
        expect(await store.tickSchedules([asked])).toEqual([{ kind: "stale" }]);
        expect(await store.getRun(runOf(AT))).toBeNull();
      }));

    test("what is due is told by the store's clock, for known workflows alone", () =>
      withStore(factory, async ({ store, advance }) => {
        const { nowMs } = await store.listDueSchedules({ ...WORKFLOWS, limit: 1 });
        await save(store, { name: "later", nextAt: nowMs + HOUR_MS, fireAt: nowMs + HOUR_MS });
        await save(store, { name: "late", nextAt: nowMs + 1, fireAt: nowMs + 2 * HOUR_MS });
        await save(store, { name: "foreign", workflow: "other", nextAt: 1, fireAt: 1 });
        const leftMs = await store.getNextTickMs(WORKFLOWS);
        expect(leftMs).toBeGreaterThan(HOUR_MS / 2);
        expect(leftMs).toBeLessThanOrEqual(HOUR_MS);
        await advance(HOUR_MS);
        expect(await store.getNextTickMs(WORKFLOWS)).toBe(0);
        const due = await store.listDueSchedules({ ...WORKFLOWS, limit: 10 });
        expect(due.schedules.map(({ schedule }) => schedule.name)).toEqual(["later"]);
        expect(due.nowMs).toBeGreaterThanOrEqual(nowMs + HOUR_MS);
        expect(await store.getNextTickMs({ ...WORKFLOWS, workflows: [] })).toBeNull();
      }));

    test("a schedule computed by older zone data is due for a process with newer ones", () =>
      withStore(factory, async ({ store }) => {
        await save(store, { nextAt: AT + 1e12, fireAt: AT + 1e12 });
        expect(await store.getNextTickMs(WORKFLOWS)).toBeGreaterThan(0);
        expect(await store.getNextTickMs({ ...WORKFLOWS, zoneVersion: "2025c" })).toBeGreaterThan(0);
        const newer = { ...WORKFLOWS, zoneVersion: "2026b" };
        expect(await store.getNextTickMs(newer)).toBe(0);
        expect((await store.listDueSchedules({ ...newer, limit: 5 })).schedules).toHaveLength(1);
        const move = { countedAt: AT, lastLocal: null, nextAt: AT + 2e12, fireAt: AT + 2e12, zoneVersion: "2026b" };
        expect(await tick(store, AT, { starts: [], move })).toMatchObject({ kind: "ticked", done: [] });
        expect(await store.getNextTickMs(newer)).toBeGreaterThan(0);
        expect(await readOf(store)).toMatchObject({ nextAt: AT + 2e12, lastAt: null });
      }));

    test("missed ticks are one record with their number", () =>
      withStore(factory, async ({ store }) => {
        await save(store);
        await tick(store, AT, { starts: [startOf(AT + 9 * HOUR_MS)], missed: { count: 9, at: AT + 8 * HOUR_MS } });
        expect(await store.listTicks("nightly", 5)).toMatchObject([
          { outcome: "started", count: 1 },
          { outcome: "missed", count: 9, at: AT + 8 * HOUR_MS, runId: null, status: null },
        ]);
        await save(store, {}, { missed: { count: 3, at: AT + 20 * HOUR_MS } });
        expect((await store.listTicks("nightly", 1))[0]).toMatchObject({ outcome: "missed", count: 3 });
      }));

    test("a schedule of the code that nobody declares any more is retired, one of a person never", () =>
      withStore(factory, async ({ store, advance }) => {
        const declared = { source: "code" as const };
        for (const name of ["kept", "gone", "held"]) await save(store, { name, ...declared }, { isDeclared: true });
        await save(store, { name: "held", ...declared, state: "paused" });
        await save(store, { name: "foreign", workflow: "other", ...declared }, { isDeclared: true });
        await save(store, { name: "own" });
        const keep = () =>
          store.keepDeclared({ names: ["kept", "own"], workflows: ["brief"], retireAfterMs: 10 * 60_000 });
        await advance(9 * 60_000);
        expect(await keep()).toEqual([]);
        await advance(2 * 60_000);
        expect(await keep()).toEqual(["gone"]);
        expect(await keep()).toEqual([]);
        const states = (await store.listSchedules({ limit: 10 })).map(({ name, state }) => `${name} ${state}`);
        expect(states).toEqual(["foreign active", "gone retired", "held paused", "kept active", "own active"]);
        expect(await readOf(store, "gone")).toMatchObject({ nextAt: null, fireAt: null, changedBy: null });
      }));

    test("a tick that waits goes with a schedule that is retired: nobody looks for it for ever", () =>
      withStore(factory, async ({ store, advance }) => {
        const spec = { ...scheduleOf().spec, overlap: "queue" } as const;
        await save(store, { source: "code", spec }, { isDeclared: true });
        await tick(store, AT);
        expect(await tick(store, AT + HOUR_MS)).toMatchObject({ done: [{ outcome: "pending" }] });
        await advance(11 * 60_000);
        expect(await store.keepDeclared({ names: [], workflows: ["brief"], retireAfterMs: 10 * 60_000 })).toEqual([
          "nightly",
        ]);
        await complete(store);
        expect(await readOf(store)).toMatchObject({ state: "retired", pendingCount: 0 });
        expect(await store.getNextTickMs(WORKFLOWS)).toBeNull();
        expect((await store.listTicks("nightly", 1))[0]).toMatchObject({ outcome: "skipped" });
      }));

    test("acts of people are in the audit, declarations and ticks by the clock are not", () =>
      withStore(factory, async ({ store }) => {
        await save(store, {}, { audit: stampOf("schedulePut") });
        await save(store, {}, { isDeclared: true, by: null });
        await tick(store, AT);
        await complete(store);
        const byHand = { starts: [startOf(AT + 1_000, { kind: "trigger" })], move: null };
        await tick(store, AT, { ...byHand, audit: stampOf("scheduleTrigger", "bob", "wanted now") });
        const { rows } = await store.listAudit({ limit: 10 });
        expect(rows.map(({ action, actor, reason, runId }) => [action, actor.id, reason, runId])).toEqual([
          ["scheduleTrigger", "bob", "schedule nightly: nightly~20260601T060001Z: wanted now", null],
          ["schedulePut", "ada", "schedule nightly", null],
        ]);
      }));

    test("old ticks are removed, those that wait are not", () =>
      withStore(factory, async ({ store }) => {
        await save(store, { spec: { ...scheduleOf().spec, overlap: "queue" } });
        await tick(store, AT);
        await tick(store, AT + 1);
        const many = Array.from({ length: 1_200 }, (_, n) => startOf(AT + 10 + n, { create: null, reason: "broken" }));
        await tick(store, AT, { starts: many, overlap: "allow" });
        while ((await readOf(store)).revision % 100 !== 1) await tick(store, AT, { starts: [], move: null });
        const left = await store.listTicks("nightly", 5_000);
        expect(left.length).toBeLessThanOrEqual(1_002);
        expect(left.at(-1)).toMatchObject({ at: AT + 1, outcome: "pending" });
      }));
  });
}
