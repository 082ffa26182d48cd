/** Change subscription: every change by other connections gives a hint within the bound. Stores without one omit the method. */
import { CHANGE_HINT_MS, type RunChange, type RunEventInput, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { completeStage, INLINE, newRun, type StoreFactory, startRun, withStore } from "./factory.js";

const log = { type: "log", data: { stage: "gather", attempt: 1, message: "a line" } } satisfies RunEventInput;

/** Tolerance added to the bound, since timers fire late on a loaded machine. */
const SLACK_MS = 2_000;

/** Collects hints. `next` resolves with the first matching one, and rejects when the bound has passed. */
function collect(store: Required<Pick<Store, "subscribe">>, topics: Parameters<Required<Store>["subscribe"]>[0]) {
  const hints: RunChange[] = [];
  const waiting = new Set<() => void>();
  const end = store.subscribe(topics, (change) => {
    hints.push(change);
    for (const wake of waiting) wake();
  });
  const next = (fits: (change: RunChange) => boolean) =>
    new Promise<RunChange>((resolve, reject) => {
      const late = AbortSignal.timeout(CHANGE_HINT_MS + SLACK_MS);
      late.addEventListener("abort", () => reject(new Error(`no such hint; there were ${JSON.stringify(hints)}`)));
      const look = () => {
        const found = hints.find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { hints, next, end };
}

export function exerciseChanges(factory: StoreFactory): void {
  describe(`${factory.name}: change hints`, () => {
    test("come with the newest event's number for writes through another store on the same data", () =>
      withStore(factory, async ({ store, openAgain }) => {
        if (store.subscribe === undefined || openAgain === null) return;
        const other = await openAgain();
        const { runId, fence } = await startRun(store);
        const { next, end } = collect({ subscribe: store.subscribe }, [runId]);
        await other.appendEvents(fence, [log, log]);
        expect(await next(({ head }) => head === 4)).toEqual({ runId, head: 4 });
        await other.appendEvents(fence, [log]);
        await next(({ head }) => head === 5);
        end();
        await other.close();
      }));

    test("come for progress, a wish, a status and a deletion, and only for the subscribed runs", () =>
      withStore(factory, async ({ store, openAgain }) => {
        if (store.subscribe === undefined || openAgain === null) return;
        const other = await openAgain();
        const { runId, fence } = await startRun(store);
        const { runId: foreign, fence: foreignFence } = await startRun(store);
        const { hints, next, end } = collect({ subscribe: store.subscribe }, [runId]);
        const took = async (act: () => Promise<unknown>) => {
          hints.length = 0;
          await act();
          await next((hint) => hint.runId === runId);
        };
        await other.appendEvents(foreignFence, [log]);
        await took(() => other.setProgress(fence, { items: null, label: "chapter 3" }));
        await took(() => other.steer({ runId, wish: "pause", reason: null, by: "ada" }));
        await took(() => completeStage(other, fence, "gather"));
        await took(() => other.report(fence, { status: "completed", output: INLINE, stageCount: 1 }));
        await took(() => other.deleteRun(runId));
        expect(hints.filter((hint) => hint.runId === foreign)).toEqual([]);
        end();
        await other.close();
      }));

    test("come for any run under *, including one that is created later", () =>
      withStore(factory, async ({ store, openAgain }) => {
        if (store.subscribe === undefined || openAgain === null) return;
        const other = await openAgain();
        const create = newRun();
        const any = collect({ subscribe: store.subscribe }, ["*"]);
        const one = collect({ subscribe: store.subscribe }, [create.id]);
        await other.createRun(create);
        await any.next(() => true);
        expect(await one.next(() => true)).toEqual({ runId: create.id, head: 1 });
        any.end();
        one.end();
        await other.close();
      }));

    test("end with their subscription, while other subscriptions continue", () =>
      withStore(factory, async ({ store, openAgain }) => {
        if (store.subscribe === undefined || openAgain === null) return;
        const other = await openAgain();
        const { runId, fence } = await startRun(store);
        const ended = collect({ subscribe: store.subscribe }, [runId, "*"]);
        const kept = collect({ subscribe: store.subscribe }, [runId]);
        ended.end();
        ended.end();
        await other.appendEvents(fence, [log]);
        await kept.next(({ head }) => head === 3);
        expect(ended.hints).toEqual([]);
        kept.end();
        await other.close();
      }));
  });
}
