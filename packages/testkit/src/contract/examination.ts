/** A store examined as a whole: its sizes add up, and it says whether it is sound. */
import { describe, expect, test } from "vitest";
import { runIn, type StoreFactory, startRun, withStore } from "./factory.js";

const artifact = (sizeBytes: number, name = "a.txt") => ({
  stage: "write",
  attempt: 1,
  name,
  sha256: "ab".repeat(32),
  sizeBytes,
});

export function exerciseExamination(factory: StoreFactory): void {
  describe(`${factory.name}: examination`, () => {
    test("tables and unused bytes are the whole size; artifacts count by run, the largest first", () =>
      withStore(factory, async ({ store }) => {
        const small = await startRun(store);
        const large = await startRun(store);
        await runIn(store, "completed");
        for (const { fence } of [small, large])
          await store.startAttempt(fence, { stage: "write", attempt: 1, inputsHash: null });
        await store.recordArtifact(small.fence, artifact(10));
        await store.recordArtifact(large.fence, artifact(700));
        await store.recordArtifact(large.fence, artifact(300, "b.txt"));
        const found = await store.examine();
        expect(found.artifacts).toEqual({ count: 3, bytes: 1_010 });
        expect(found.largestRuns).toEqual([
          { runId: large.runId, count: 2, bytes: 1_000 },
          { runId: small.runId, count: 1, bytes: 10 },
        ]);
        expect(found.tables.length).toBeGreaterThan(5);
        const sum = found.tables.reduce((all, { bytes }) => all + bytes, 0);
        expect(sum + found.unusedBytes).toBe(found.sizeBytes);
        expect(found.problems).toBeNull();
        expect((await store.examine({ check: true })).problems).toEqual([]);
      }));
  });
}
