import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { progressOf, type StageProgress, shareDone, UNFINISHED_FRACTION_MAX } from "./run-progress.js";

const running = { status: "running", etaMs: [1, 2], reachedFraction: 0 } as const;
const stage = (name: string, more: Partial<StageProgress> = {}): StageProgress => {
  return { name, isCompleted: false, isRunning: false, done: 0, total: null, reportedShare: 0, ...more };
};

describe("the progress of a run", () => {
  test("is one fraction over the declared stages, regardless of their maps' lengths", () => {
    const first = stage("a", { isCompleted: true, done: 3, total: 3 });
    const second = stage("b", { isRunning: true, done: 500, total: 1_000 });
    expect(progressOf(running, [first, second, stage("c"), stage("d")], 4)).toEqual({
      ...{ stage: "b", done: 500, total: 1_000, fraction: 1.5 / 4, etaMs: null },
    });
  });

  test("is 1 only for a completed run, and 0 before the first stage", () => {
    const all = [stage("a", { isCompleted: true })];
    expect(progressOf(running, all, 1).fraction).toBe(UNFINISHED_FRACTION_MAX);
    const completed = { status: "completed", etaMs: null, reachedFraction: 0 } as const;
    expect(progressOf(completed, all, 1).fraction).toBe(1);
    expect(progressOf(completed, [], 3).fraction).toBe(1);
    expect(progressOf({ ...completed, status: "queued" }, [], 3)).toEqual({
      ...{ stage: null, done: 0, total: null, fraction: 0, etaMs: null },
    });
  });

  test("gives a remaining time only in the last stage", () => {
    const last = stage("b", { isRunning: true, done: 1, total: 2 });
    expect(progressOf(running, [stage("a", { isCompleted: true }), last], 2).etaMs).toEqual([1, 2]);
    expect(progressOf(running, [stage("a", { isCompleted: true }), last], null).etaMs).toBeNull();
  });

  test("is the largest share that a stage reported, and never less than what was reached", () => {
    const again = stage("a", { isRunning: true, done: 1, total: 10, reportedShare: 0.7 });
    expect(progressOf(running, [again, stage("b")], 2)).toMatchObject({ done: 1, total: 10, fraction: 0.35 });
    expect(progressOf({ ...running, reachedFraction: 0.5 }, [again, stage("b")], 2).fraction).toBe(0.5);
    const further = stage("a", { isCompleted: true, reportedShare: 0.7 });
    expect(progressOf({ ...running, reachedFraction: 0.4 }, [further, stage("b")], 2).fraction).toBe(0.5);
    expect([shareDone(3, 10), shareDone(12, 10), shareDone(3, null), shareDone(3, 0)]).toEqual([0.3, 1, 0, 0]);
    expect([shareDone(Number.NaN, 10), shareDone(-1, 10), shareDone(1, Number.NaN)]).toEqual([0, 0, 0]);
  });

  test("never falls as stages and items complete, and stays below 1", () => {
    const totals = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(totals, fc.boolean(), (lengths, isDeclared) => {
        let before = 0;
        for (const [at, total] of lengths.entries()) {
          for (let done = 0; done <= total + 1; done++) {
            const stages = lengths.slice(0, at + 1).map((length, n) => {
              const isCompleted = n < at || done > total;
              return stage(`s${n}`, {
                isCompleted,
                isRunning: !isCompleted,
                done: Math.min(done, length),
                total: length,
              });
            });
            const { fraction } = progressOf(running, stages, isDeclared ? lengths.length : null);
            expect(fraction).toBeGreaterThanOrEqual(before);
            expect(fraction).toBeLessThan(1);
            before = fraction;
          }
        }
      }),
    );
  });
});
