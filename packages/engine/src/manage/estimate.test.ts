import type { AttemptRecord, RunId, RunRecord } from "@holdfast/core";
import { expect, test } from "vitest";
import type { Engine } from "../opened/engine.js";
import { estimateStages } from "./estimate.js";

const attempt = (stage: string, ms: number | null, status = "completed") =>
  ({ stage, status, startedAt: 1_000, finishedAt: ms === null ? null : 1_000 + ms }) as AttemptRecord;

function estimateOf(own: readonly AttemptRecord[], others: readonly (readonly AttemptRecord[])[]) {
  const asked: unknown[] = [];
  const store = {
    listAttempts: async () => own,
    listRuns: async (filter: unknown) => {
      asked.push(filter);
      return { rows: others.map((_, at) => ({ id: `other-${at}` as RunId })) };
    },
    listAttemptsOf: async (ids: readonly RunId[]) => new Map(ids.map((id, at) => [id, others[at] ?? []])),
  };
  const stages = ["read", "write"].map((name) => ({ name, title: name, kind: "primary", inputs: [] }));
  const run = { id: "run-1", workflow: "report", stages } as unknown as RunRecord;
  return { asked, estimate: estimateStages({ deps: { store } } as unknown as Engine, run) };
}

test("stages take as long as in this run before, else as in the newest completed runs of the workflow", async () => {
  const others = [[attempt("write", 100), attempt("read", 9_000)], [attempt("write", 300)], [attempt("write", 20_000)]];
  const { asked, estimate } = estimateOf(
    [attempt("read", 40), attempt("read", 7, "failed"), attempt("write", null)],
    others,
  );
  const { sumMs } = await estimate;
  expect(asked).toEqual([{ workflow: "report", status: "completed", limit: 5 }]);
  // The median of the others, so that an odd run does not count.
  expect([sumMs(["read"]), sumMs(["write"]), sumMs(["read", "write"]), sumMs([])]).toEqual([40, 300, 340, 0]);
});

test("a stage that nobody has seen complete makes the sum unknown, unless it was measured otherwise", async () => {
  const { sumMs } = await estimateOf([attempt("read", 40)], []).estimate;
  expect(sumMs(["read", "write"])).toBeNull();
  expect(sumMs(["read", "write"], new Map([["write", 2.4]]))).toBe(42);
  expect(sumMs(["read", "write"], new Map([["write", null]]))).toBeNull();
});

test("no other run is asked for where this one has completed every stage", async () => {
  const { asked, estimate } = estimateOf([attempt("read", 1), attempt("write", 3), attempt("write", 5)], []);
  expect([(await estimate).sumMs(["write"]), asked]).toEqual([3, []]);
});
