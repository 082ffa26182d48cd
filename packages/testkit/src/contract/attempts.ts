/** Attempts, the one recorded outcome of a stage, checkpoints, artifacts. */
import { describe, expect, test } from "vitest";
import {
  BOOM,
  claimOne,
  completeStage,
  eventTypes,
  expectGapless,
  INLINE,
  OTHER_TERMS,
  resume,
  type StoreFactory,
  startRun,
  withStore,
} from "./factory.js";

const fail = (stage: string, attempt: number, isRecord: boolean) =>
  ({ stage, attempt, status: "failed", error: BOOM, isRecord, afterMs: isRecord ? 0 : 250 }) as const;
const complete = (stage: string, attempt: number) =>
  ({ stage, attempt, status: "completed", output: INLINE, ms: 12 }) as const;

export function exerciseAttempts(factory: StoreFactory): void {
  describe(`${factory.name}: attempts`, () => {
    test("a completed attempt is the stage's outcome, with its output unchanged", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: "cafe" });
        expect(await store.getStageRecord(runId, "gather")).toBeNull();
        await store.finishAttempt(fence, complete("gather", 1));
        const record = {
          stage: "gather",
          attempt: 1,
          outcome: "completed",
          output: INLINE,
          error: null,
          inputsHash: "cafe",
          failedCount: 0,
        };
        expect(await store.getStageRecord(runId, "gather")).toEqual(record);
        expect(await store.loadHistory(runId)).toEqual([{ stage: "gather", lastAttempt: 1, failedCount: 0, record }]);
        const [attempt] = await store.listAttempts(runId);
        expect(attempt).toMatchObject({
          generation: 1,
          stage: "gather",
          attempt: 1,
          status: "completed",
          error: null,
          isRecord: true,
          holder: "worker-a",
        });
        expect(attempt?.finishedAt).toBeGreaterThanOrEqual(attempt?.startedAt ?? Number.POSITIVE_INFINITY);
        const events = await store.listEvents(runId, { after: 2, limit: 10 });
        expect(events).toMatchObject([
          { type: "stage.started", data: { stage: "gather", attempt: 1 } },
          { type: "stage.completed", data: { stage: "gather", attempt: 1, ms: 12 } },
        ]);
      }));

    test("a label appears with its attempt, its event and the progress, while the attempt runs and after it has ended", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const label = 'Norway "north" · ½';
        const read = async () => ({
          labels: (await store.listAttempts(runId)).map((attempt) => attempt.label),
          events: (await store.listEvents(runId, { after: 2, limit: 10, type: "stage.started" })).map(
            ({ data }) => data,
          ),
        });
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null, label });
        await store.startAttempt(fence, { stage: "write", attempt: 1, inputsHash: null });
        const expected = {
          labels: [label, null],
          events: [
            { stage: "gather", attempt: 1, label },
            { stage: "write", attempt: 1 },
          ],
        };
        expect(await read()).toEqual(expected);
        await store.finishAttempt(fence, complete("gather", 1));
        await store.startAttempt(fence, { stage: "send", attempt: 1, inputsHash: null, label: "to Oslo" });
        expect((await store.getRun(runId))?.progress.label).toBe("send · to Oslo");
        await store.finishAttempt(fence, complete("write", 1));
        await store.finishAttempt(fence, complete("send", 1));
        await store.report(fence, { status: "completed", output: INLINE, stageCount: 3 });
        expect(await read()).toEqual({
          labels: [label, null, "to Oslo"],
          events: [...expected.events, { stage: "send", attempt: 1, label: "to Oslo" }],
        });
      }));

    test("outputs are stored exactly: undefined, null, large, and by reference", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const outputs = [
          { kind: "inline", json: null },
          { kind: "inline", json: "null" },
          { kind: "inline", json: JSON.stringify("é🌊\u2028".repeat(20_000)) },
          { kind: "file", sha256: "ab".repeat(32), sizeBytes: 70_000 },
        ] as const;
        for (const [i, output] of outputs.entries()) {
          const stage = `stage-${i}`;
          await store.startAttempt(fence, { stage, attempt: 1, inputsHash: null });
          await store.finishAttempt(fence, { stage, attempt: 1, status: "completed", output, ms: 0 });
          expect((await store.getStageRecord(runId, stage))?.output).toEqual(output);
        }
      }));

    test("a failed attempt that is tried again is not an outcome, and its successor's record counts it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null });
        await store.finishAttempt(fence, fail("gather", 1, false));
        expect(await store.getStageRecord(runId, "gather")).toBeNull();
        const run = await store.getRun(runId);
        expect(run?.lastError).toEqual(BOOM);
        expect(run?.lastErrorAt).toBe((await store.listAttempts(runId))[0]?.finishedAt);
        const [history] = await store.loadHistory(runId);
        expect(history).toEqual({ stage: "gather", lastAttempt: 1, failedCount: 1, record: null });
        await completeStage(store, fence, "gather", 2);
        expect(await store.getStageRecord(runId, "gather")).toMatchObject({ attempt: 2, failedCount: 1 });
        const events = await store.listEvents(runId, { after: 0, limit: 10, type: "stage.retrying" });
        expect(events).toMatchObject([{ data: { stage: "gather", attempt: 1, error: BOOM, afterMs: 250 } }]);
      }));

    test("the last allowed failure is the outcome", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null });
        await store.finishAttempt(fence, fail("gather", 1, true));
        expect(await store.getStageRecord(runId, "gather")).toMatchObject({
          outcome: "failed",
          output: null,
          error: BOOM,
          failedCount: 1,
        });
        const events = await store.listEvents(runId, { after: 3, limit: 10 });
        expect(events).toMatchObject([{ type: "stage.failed", data: { stage: "gather", attempt: 1, error: BOOM } }]);
      }));

    test("an interrupted attempt is not an outcome and uses up nothing", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null });
        const finish = { stage: "gather", attempt: 1, status: "interrupted", error: null } as const;
        expect((await store.finishAttempt(fence, finish)).kind).toBe("written");
        const [history] = await store.loadHistory(runId);
        expect(history).toEqual({ stage: "gather", lastAttempt: 1, failedCount: 0, record: null });
        await expectGapless(store, runId);
      }));

    test("a stage's outcome is recorded once: a second ending of the attempt changes nothing", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await completeStage(store, fence, "gather");
        const run = await store.getRun(runId);
        const other = { kind: "inline", json: '"another"' } as const;
        for (const finish of [
          { ...complete("gather", 1), output: other },
          fail("gather", 1, true),
          fail("gather", 1, false),
          { stage: "gather", attempt: 1, status: "interrupted", error: null } as const,
        ]) {
          expect(await store.finishAttempt(fence, finish)).toEqual({ kind: "duplicate" });
        }
        expect(await store.getStageRecord(runId, "gather")).toMatchObject({ output: INLINE });
        expect((await store.getRun(runId))?.head).toBe(run?.head);
        expect((await store.getRun(runId))?.progress).toEqual(run?.progress);
        await expectGapless(store, runId);
      }));

    test("finishing a later attempt of a recorded stage is refused", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await completeStage(store, fence, "gather");
        await store.startAttempt(fence, { stage: "gather", attempt: 2, inputsHash: null });
        expect(await store.finishAttempt(fence, complete("gather", 2))).toEqual({ kind: "duplicate" });
        expect(await store.finishAttempt(fence, fail("gather", 2, true))).toEqual({ kind: "duplicate" });
        expect(await store.getStageRecord(runId, "gather")).toMatchObject({ attempt: 1, output: INLINE });
        await expectGapless(store, runId);
      }));

    test("if two attempts of a stage end at once, one is the outcome", () =>
      withStore(factory, async ({ store }) => {
        for (const isStartedBefore of [true, false]) {
          const { runId, fence } = await startRun(store);
          const starting = [1, 2].map((attempt) =>
            store.startAttempt(fence, { stage: "gather", attempt, inputsHash: null }),
          );
          if (isStartedBefore) await Promise.all(starting);
          const ends = await Promise.all(
            [2, 1].map((attempt) => store.finishAttempt(fence, complete("gather", attempt))),
          );
          expect(ends.map((outcome) => outcome.kind)).toEqual(["written", "duplicate"]);
          expect(await store.getStageRecord(runId, "gather")).toMatchObject({ attempt: 2 });
          expect((await store.getRun(runId))?.progress.done).toBe(1);
          const statuses = (await store.listAttempts(runId)).map(({ status, isRecord }) => [status, isRecord]);
          expect(statuses).toEqual([
            ["running", false],
            ["completed", true],
          ]);
          await expectGapless(store, runId);
        }
      }));

    test("an attempt that is started and ended at once, and then again, counts once", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const start = { stage: "gather", attempt: 1, inputsHash: null };
        const once = () => [store.startAttempt(fence, start), store.finishAttempt(fence, complete("gather", 1))];
        const outcomes = await Promise.all([...once(), ...once()]);
        expect(outcomes.map((outcome) => outcome.kind)).toEqual(["written", "written", "duplicate", "duplicate"]);
        const later = await Promise.all(once());
        expect(later.map((outcome) => outcome.kind)).toEqual(["duplicate", "duplicate"]);
        expect(await store.listAttempts(runId)).toHaveLength(1);
        await expectGapless(store, runId);
      }));

    test("the same attempt starts once", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const start = { stage: "gather", attempt: 1, inputsHash: null };
        const outcomes = await Promise.all([store.startAttempt(fence, start), store.startAttempt(fence, start)]);
        expect(outcomes.map((outcome) => outcome.kind)).toEqual(["written", "duplicate"]);
        expect(await store.listAttempts(runId)).toHaveLength(1);
        await expectGapless(store, runId);
      }));

    test("ending an attempt that never started is an error, and delays no other write", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const [before, wrong, after] = await Promise.allSettled([
          store.startAttempt(fence, { stage: "a", attempt: 1, inputsHash: null }),
          store.finishAttempt(fence, complete("ghost", 1)),
          store.finishAttempt(fence, complete("a", 1)),
        ]);
        expect(before).toMatchObject({ value: { kind: "written" } });
        expect(wrong.status).toBe("rejected");
        expect(after).toMatchObject({ value: { kind: "written" } });
        expect(await eventTypes(store, runId)).toEqual([
          "run.created",
          "run.claimed",
          "stage.started",
          "stage.completed",
        ]);
        await expectGapless(store, runId);
      }));

    test("parallel stages are recorded side by side", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const stages = Array.from({ length: 50 }, (_, i) => `stage-${i}`);
        await Promise.all(stages.map((stage) => completeStage(store, fence, stage)));
        const history = await store.loadHistory(runId);
        expect(new Set(history.map((entry) => entry.stage))).toEqual(new Set(stages));
        expect(history.every((entry) => entry.record?.outcome === "completed")).toBe(true);
        expect((await store.getRun(runId))?.progress).toMatchObject({ done: 50, total: null });
        await expectGapless(store, runId);
      }));

    test("attempts are listed in order of their start, across all holders", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        for (const stage of ["z", "a", "m"]) await store.startAttempt(fence, { stage, attempt: 1, inputsHash: null });
        await store.report(fence, { status: "queued", reason: null, wakeInMs: 0 });
        const next = await claimOne(store, OTHER_TERMS);
        await completeStage(store, next.fence, "a", 2);
        const attempts = await store.listAttempts(runId);
        expect(attempts.map(({ stage, attempt, status, holder }) => [stage, attempt, status, holder])).toEqual([
          ["z", 1, "interrupted", "worker-a"],
          ["a", 1, "interrupted", "worker-a"],
          ["m", 1, "interrupted", "worker-a"],
          ["a", 2, "completed", "worker-b"],
        ]);
      }));

    test("a reopened stage has no outcome, its failures no longer count, and attempt numbers continue", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null });
        await store.finishAttempt(fence, fail("gather", 1, false));
        await store.startAttempt(fence, { stage: "gather", attempt: 2, inputsHash: null });
        await store.finishAttempt(fence, fail("gather", 2, true));
        expect(await store.reopenStage(fence, "gather", BOOM)).toEqual({ kind: "written", wish: null });
        expect(await store.getStageRecord(runId, "gather")).toBeNull();
        const [history] = await store.loadHistory(runId);
        expect(history).toEqual({ stage: "gather", lastAttempt: 2, failedCount: 0, record: null });
        await completeStage(store, fence, "gather", 3);
        expect(await store.getStageRecord(runId, "gather")).toMatchObject({ attempt: 3, failedCount: 0 });
        expect((await store.listAttempts(runId)).map((attempt) => attempt.isRecord)).toEqual([false, false, true]);
        await expectGapless(store, runId);
      }));

    test("reopening a completed stage removes it from the progress", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await completeStage(store, fence, "gather");
        await completeStage(store, fence, "write");
        await store.reopenStage(fence, "gather", null);
        expect((await store.getRun(runId))?.progress.done).toBe(1);
        await completeStage(store, fence, "gather", 2);
        expect((await store.getRun(runId))?.progress.done).toBe(2);
      }));

    test("a person's resume after a failure is reported to each claim until the failure is reopened", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.startAttempt(fence, { stage: "gather", attempt: 1, inputsHash: null });
        await store.finishAttempt(fence, fail("gather", 1, true));
        await store.report(fence, { status: "failed", error: BOOM, reason: null });
        await resume(store, runId);
        const second = await claimOne(store);
        expect(second.claim.isReopening).toBe(true);
        // The worker dies before it could reopen the stage, so the next one is told too.
        await store.report(second.fence, { status: "queued", reason: null, wakeInMs: 0 });
        const third = await claimOne(store);
        expect(third.claim.isReopening).toBe(true);
        await store.reopenStage(third.fence, "gather", BOOM);
        await store.report(third.fence, { status: "queued", reason: null, wakeInMs: 0 });
        expect((await claimOne(store)).claim.isReopening).toBe(false);
      }));

    test("a resume of a paused run reopens nothing", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await store.report(fence, { status: "paused", reason: null, wakeInMs: null });
        await resume(store, runId);
        expect((await claimOne(store)).claim.isReopening).toBe(false);
      }));
  });

  describe(`${factory.name}: checkpoints and artifacts`, () => {
    test("a stage has one checkpoint, the newest; null clears it", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        expect(await store.getCheckpoint(runId, "gather")).toBeNull();
        await store.saveCheckpoint(fence, { stage: "gather", attempt: 1, json: '{"at":1}' });
        await store.saveCheckpoint(fence, { stage: "gather", attempt: 2, json: '{"at":"é"}' });
        await store.saveCheckpoint(fence, { stage: "write", attempt: 1, json: "7" });
        expect(await store.getCheckpoint(runId, "gather")).toMatchObject({
          stage: "gather",
          attempt: 2,
          json: '{"at":"é"}',
        });
        const events = await store.listEvents(runId, { after: 0, limit: 10, type: "checkpoint.saved" });
        expect(events.map((event) => event.data)).toEqual([
          { stage: "gather", attempt: 1, sizeBytes: 8 },
          { stage: "gather", attempt: 2, sizeBytes: 11 },
          { stage: "write", attempt: 1, sizeBytes: 1 },
        ]);
        await store.saveCheckpoint(fence, { stage: "gather", attempt: 2, json: null });
        expect(await store.getCheckpoint(runId, "gather")).toBeNull();
        expect(await store.getCheckpoint(runId, "write")).toMatchObject({ json: "7" });
        await expectGapless(store, runId);
      }));

    test("artifacts are listed as written, by stage or all, and a rewritten one only once", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const artifact = { stage: "gather", attempt: 1, name: "a.txt", sha256: "00", sizeBytes: 1 };
        await store.recordArtifact(fence, artifact);
        await store.recordArtifact(fence, { ...artifact, name: "b/c.txt", sizeBytes: 2 ** 40 });
        await store.recordArtifact(fence, { ...artifact, stage: "write" });
        await store.recordArtifact(fence, { ...artifact, attempt: 2 });
        await store.recordArtifact(fence, { ...artifact, sha256: "11", sizeBytes: 9 });
        const all = await store.listArtifacts(runId);
        expect(all.map(({ stage, attempt, name, sha256 }) => [stage, attempt, name, sha256])).toEqual([
          ["gather", 1, "a.txt", "11"],
          ["gather", 1, "b/c.txt", "00"],
          ["write", 1, "a.txt", "00"],
          ["gather", 2, "a.txt", "00"],
        ]);
        expect(all[1]).toMatchObject({ generation: 1, sizeBytes: 2 ** 40 });
        expect(await store.listArtifacts(runId, "write")).toHaveLength(1);
        const events = await store.listEvents(runId, { after: 0, limit: 10, type: "artifact.written" });
        expect(events).toHaveLength(5);
        expect(events[1]?.data).toEqual({
          stage: "gather",
          attempt: 1,
          name: "b/c.txt",
          sizeBytes: 2 ** 40,
          sha256: "00",
        });
      }));
  });
}
