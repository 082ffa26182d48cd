/** Stages on a time axis: what is folded, what is kept, where things stand. */
import { describe, expect, test } from "vitest";
import type { Run } from "../api/types.js";
import { timelineOf } from "./timeline.js";

const MIN = 60_000;
const attempt = (n: number, from: number, to: number | null, status: string, generation = 1) => ({
  attempt: n,
  generation,
  status,
  startedAt: from,
  finishedAt: to,
  error: null,
});
const run = (fields: object) =>
  ({
    createdAt: 0,
    finishedAt: null,
    generation: 1,
    status: "running",
    lease: null,
    progress: { etaMs: null },
    stages: [],
    ...fields,
  }) as unknown as Run;
const NONE = { maps: new Set<string>() };

describe("the timeline of a run", () => {
  const broken = run({
    lease: { since: 30 * MIN },
    stages: [
      { name: "read", attempts: [attempt(1, MIN, 2 * MIN, "completed")] },
      {
        name: "judge",
        attempts: [attempt(1, 2 * MIN, 4 * MIN, "interrupted"), attempt(2, 30 * MIN, null, "running")],
      },
      { name: "score", attempts: [] },
    ],
  });

  test("folds what is idle, and says how long it was", () => {
    const { folds, lanes, now } = timelineOf(broken, { nowMs: 32 * MIN, maps: new Set(["judge"]) });
    expect(folds.map(({ ms }) => ms)).toEqual([26 * MIN]);
    expect(folds[0]?.to).toBeCloseTo((folds[0]?.from ?? 0) + 0.045);
    // Six minutes are left of 32: two of them are the run's last stretch.
    expect(1 - (lanes[1]?.segments[2]?.from ?? 0)).toBeCloseTo((2 / 6) * 0.955);
    expect(now).toBeCloseTo(1);
  });

  test("a fork's stages of before it was created are kept, also when it is over", () => {
    const fork = run({
      createdAt: 10 * MIN,
      finishedAt: 12 * MIN,
      status: "completed",
      stages: [
        { name: "read", attempts: [attempt(1, MIN, 2 * MIN, "completed")] },
        { name: "judge", attempts: [attempt(1, 11 * MIN, 12 * MIN, "completed")] },
      ],
    });
    const { lanes } = timelineOf(fork, { ...NONE, nowMs: 20 * MIN });
    expect(lanes.map(({ segments }) => segments.map(({ kind }) => kind))).toEqual([["kept"], ["done"]]);
  });

  test("keeps its length where a person unfolds it", () => {
    const { folds } = timelineOf(broken, { ...NONE, nowMs: 32 * MIN, unfolded: new Set([4 * MIN]) });
    expect(folds).toEqual([]);
  });

  test("says what was kept, what runs, and what was cut off", () => {
    const kinds = (maps: string[]) =>
      timelineOf(broken, { nowMs: 32 * MIN, maps: new Set(maps) }).lanes.map(({ segments }) =>
        segments.map(({ kind }) => kind),
      );
    expect(kinds(["judge"])).toEqual([["queue", "kept"], ["kept", "wait", "live"], []]);
    expect(kinds([])[1]).toEqual(["cut", "wait", "live"]);
  });

  test("a run that has ended has no now, and one that runs shows where it may end", () => {
    const stages = [{ name: "read", attempts: [attempt(1, 0, 10_000, "completed")] }];
    const over = timelineOf(run({ status: "completed", finishedAt: 10_000, stages }), { ...NONE, nowMs: 99 * MIN });
    expect([over.now, over.lanes[0]?.segments[0]?.kind, over.lanes[0]?.segments[0]?.to]).toEqual([null, "done", 1]);
    const live = timelineOf(run({ stages, progress: { etaMs: [10_000, 20_000] } }), { ...NONE, nowMs: 20_000 });
    expect([live.now, live.end?.from, live.end?.to]).toEqual([0.5, 0.75, 1]);
  });

  test("ticks stand at whole times and never in a fold", () => {
    const { ticks, folds } = timelineOf(broken, { ...NONE, nowMs: 32 * MIN });
    expect(ticks.length).toBeGreaterThan(3);
    for (const { at, x } of ticks) {
      expect(at % 30_000).toBe(0);
      expect(folds.every(({ from, to }) => x <= from || x >= to)).toBe(true);
    }
  });

  test("a wait is a bar of its own, folded while nothing else runs, and reaches to now while it lasts", () => {
    const sleeping = run({
      status: "waiting",
      stages: [
        { name: "before", attempts: [attempt(1, 0, MIN, "completed")] },
        {
          name: "nap",
          status: "waiting",
          attempts: [{ ...attempt(1, MIN, null, "waiting"), wait: { kind: "sleep", dueAt: 600 * MIN } }],
        },
      ],
    });
    const { lanes, folds, now } = timelineOf(sleeping, { ...NONE, nowMs: 61 * MIN });
    expect(lanes.map(({ segments }) => segments.map(({ kind, endedAt }) => [kind, endedAt]))).toEqual([
      [["done", MIN]],
      [["sleep", 61 * MIN]],
    ]);
    expect(folds.map(({ ms }) => ms)).toEqual([60 * MIN]);
    expect(now).toBe(1);
  });
});
