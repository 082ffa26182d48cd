/** Questions to people: open until one answer or the timeout, whichever is first. */
import type { AnswerSend, Fence, RunId, Store, WaitQuestion } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import {
  claimOne,
  eventTypes,
  expectGapless,
  type Held,
  NAP_MS,
  restart,
  resume,
  type StoreFactory,
  stampOf,
  startRun,
  statusOf,
  withStore,
} from "./factory.js";

const QUESTION: WaitQuestion = {
  title: "Publish the report?",
  details: { stage: "write", attempt: 1, name: "report.md" },
  schema: { type: "object", properties: { publish: { type: "boolean" } }, required: ["publish"] },
  to: ["role:operator"],
};

const ask = (store: Store, fence: Fence, stage = "publish", ms: number | null = NAP_MS) =>
  store.openWait(fence, {
    ...{ stage, kind: "ask", question: QUESTION },
    due: ms === null ? null : { kind: "after", ms },
  });

export const answerTo = (store: Store, runId: RunId, change: Partial<AnswerSend> = {}) =>
  store.answerQuestion({
    ...{ runId, stage: "publish", valueJson: '{"publish":true}', by: "ada", note: "looks good" },
    audit: stampOf("answer", "ada", "publish"),
    ...change,
  });

async function asking(store: Store, owner: string | null = null): Promise<Held> {
  const started = await startRun(store, { owner });
  await ask(store, started.fence);
  await store.report(started.fence, { status: "waiting", reason: "ask publish" });
  return started;
}

const open = async (store: Store, query: Partial<Parameters<Store["listOpenQuestions"]>[0]> = {}) =>
  (await store.listOpenQuestions({ limit: 10, ...query })).map(({ runId }) => runId);

export function exerciseQuestions(factory: StoreFactory): void {
  describe(`${factory.name}: questions`, () => {
    test("an open question is listed with all that a form needs, oldest first, by owner and by run", () =>
      withStore(factory, async ({ store, advance }) => {
        const first = await asking(store, "ann");
        await advance(1_000);
        const second = await asking(store, "bob");
        const [listed] = await store.listOpenQuestions({ limit: 1 });
        expect(listed).toEqual({
          ...{ runId: first.runId, workflow: "brief", owner: "ann", stage: "publish", attempt: 1 },
          ...{ askedAt: expect.any(Number), dueAt: expect.any(Number), question: QUESTION },
        });
        expect(await open(store)).toEqual([first.runId, second.runId]);
        expect(await open(store, { owner: "bob" })).toEqual([second.runId]);
        expect(await open(store, { runId: first.runId })).toEqual([first.runId]);
        expect(await store.listAttempts(first.runId)).toMatchObject([
          { status: "waiting", wait: { kind: "ask", title: "Publish the report?" } },
        ]);
      }));

    test("an answer is the stage's outcome with who gave it, and queues the run; the next one is refused", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await asking(store);
        expect(await answerTo(store, runId)).toEqual({ kind: "answered" });
        expect(await statusOf(store, runId)).toBe("queued");
        const events = await store.listEvents(runId, { after: 0, limit: 100 });
        expect(events.slice(-3).map(({ type }) => type)).toEqual(["question.answered", "stage.completed", "run.woken"]);
        expect(events.at(-3)?.data).toEqual({ stage: "publish", by: "ada", note: "looks good" });
        const before = { kind: "answeredBefore", by: "ada", at: expect.any(Number) };
        expect(await answerTo(store, runId, { by: "bob" })).toEqual(before);
        expect(await open(store)).toEqual([]);
        expect((await store.listAudit({ runId, limit: 10 })).rows).toMatchObject([
          { action: "answer", reason: "publish", before: { status: "waiting" }, after: { status: "queued" } },
        ]);
        const { fence } = await claimOne(store);
        const settled = await ask(store, fence);
        const json =
          settled.kind === "settled" && settled.record.output?.kind === "inline" && settled.record.output.json;
        expect(JSON.parse(json || "null")).toEqual({ value: { publish: true }, by: "ada", at: expect.any(Number) });
        await store.report(fence, { status: "cancelled", reason: null });
        expect(await answerTo(store, runId)).toEqual(before);
        await expectGapless(store, runId);
      }));

    test("two answers at once: one is taken", () =>
      withStore(factory, async ({ store, openAgain }) => {
        const { runId } = await asking(store);
        const other = openAgain === null ? store : await openAgain();
        const answers = await Promise.all([answerTo(store, runId), answerTo(other, runId, { by: "bob" })]);
        if (other !== store) await other.close();
        expect(answers.map(({ kind }) => kind).sort()).toEqual(["answered", "answeredBefore"]);
        expect((await eventTypes(store, runId)).filter((type) => type === "question.answered")).toHaveLength(1);
        await expectGapless(store, runId);
      }));

    test("while a worker has the run an answer lies with its question until that worker looks, or parks the run", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        await ask(store, fence);
        await ask(store, fence, "second");
        expect(await answerTo(store, runId)).toEqual({ kind: "answered" });
        expect(await answerTo(store, runId)).toMatchObject({ kind: "answeredBefore" });
        expect((await store.listOpenQuestions({ limit: 10 })).map(({ stage }) => stage)).toEqual(["second"]);
        expect(await ask(store, fence)).toMatchObject({ kind: "settled" });
        expect(await answerTo(store, runId, { stage: "second" })).toEqual({ kind: "answered" });
        await store.report(fence, { status: "waiting", reason: null });
        expect(await statusOf(store, runId)).toBe("queued");
        await expectGapless(store, runId);
      }));

    test("an answer to a paused run is recorded, and a resume goes on with it", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await asking(store);
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        expect(await answerTo(store, runId)).toEqual({ kind: "answered" });
        expect(await statusOf(store, runId)).toBe("paused");
        await resume(store, runId);
        const { fence } = await claimOne(store);
        expect(await ask(store, fence)).toMatchObject({ kind: "settled" });
      }));

    test("after the timeout nobody can answer, and the outcome is null", () =>
      withStore(factory, async ({ store, advance }) => {
        const { runId } = await asking(store);
        await advance(NAP_MS);
        expect((await store.wakeWaits(10)).woken).toEqual([runId]);
        expect(await answerTo(store, runId)).toEqual({ kind: "timedOut", at: expect.any(Number) });
        const { fence } = await claimOne(store);
        expect(await ask(store, fence)).toMatchObject({ record: { output: { kind: "inline", json: "null" } } });
        expect((await store.listAudit({ runId, limit: 10 })).rows).toEqual([]);
      }));

    test("what is not asked, or not any more, takes no answer", () =>
      withStore(factory, async ({ store }) => {
        const { runId } = await asking(store);
        expect(await answerTo(store, runId, { stage: "other" })).toEqual({ kind: "notAsked" });
        expect(await answerTo(store, runId, { attempt: 2 })).toEqual({ kind: "notAsked" });
        expect(await answerTo(store, "nobody" as RunId)).toEqual({ kind: "notFound" });
        await store.steer({ runId, wish: "pause", reason: null, by: "ada" });
        await restart(store, runId);
        expect(await open(store)).toEqual([]);
        expect(await answerTo(store, runId)).toEqual({ kind: "notAsked" });
        const { fence } = await claimOne(store);
        await ask(store, fence, "publish", null);
        // An answer to the question of before is none to this one.
        expect(await answerTo(store, runId, { attempt: 1 })).toEqual({ kind: "notAsked" });
        expect(await store.listOpenQuestions({ limit: 10 })).toMatchObject([{ runId, attempt: 2, dueAt: null }]);
        await store.report(fence, { status: "cancelled", reason: null });
        expect(await answerTo(store, runId)).toEqual({ kind: "ended", status: "cancelled" });
        expect(await open(store)).toEqual([]);
      }));
  });
}
