/** Published values: the latest of each key, for as long as the run's life. */
import { describe, expect, test } from "vitest";
import { claimOne, eventTypes, restart, type StoreFactory, startRun, withStore } from "./factory.js";

export function exercisePublished(factory: StoreFactory): void {
  describe(`${factory.name}: published values`, () => {
    test("the latest value of each key is kept, without an event, and goes with a restart or the run", () =>
      withStore(factory, async ({ store }) => {
        const { runId, fence } = await startRun(store);
        const before = await eventTypes(store, runId);
        const publish = (key: string, json: string) => store.publish(fence, [{ key, json }]);
        expect(await publish("found", "1")).toEqual({ kind: "written", wish: null });
        await store.publish(fence, [
          { key: "found", json: '{"n":2}' },
          { key: "Country", json: '"Peru"' },
        ]);
        const told = (await store.listPublished(runId)).map(({ key, value }) => [key, value]);
        expect(told).toEqual([
          ["Country", "Peru"],
          ["found", { n: 2 }],
        ]);
        expect(Number.isSafeInteger((await store.listPublished(runId))[0]?.at)).toBe(true);
        expect(await eventTypes(store, runId)).toEqual(before);
        const input = { inputJson: "1", givenJson: "1" };
        await store.report(fence, { status: "continued", input });
        expect(await store.listPublished(runId)).toHaveLength(2);
        const again = await claimOne(store);
        await store.report(again.fence, { status: "paused", reason: null, wakeInMs: null });
        await restart(store, runId);
        expect(await store.listPublished(runId)).toEqual([]);
        const last = await claimOne(store);
        await store.publish(last.fence, [{ key: "k", json: "1" }]);
        await store.report(last.fence, { status: "cancelled", reason: null });
        await store.deleteRun(runId);
        await store.deleteRemovedRows(100);
        expect(await store.listPublished(runId)).toEqual([]);
        expect((await store.facts({ check: true })).problems).toEqual([]);
      }));
  });
}
