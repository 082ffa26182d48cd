/** Of which stages the total time consists: the chain from the end back, with its waits and gaps. */
import { describe, expect, test } from "vitest";
import type { Lane, Segment } from "./timeline.js";
import { criticalPathOf } from "./timeline-critical.js";

const segment = (kind: Segment["kind"], startedAt: number, endedAt: number): Segment => ({
  kind,
  startedAt,
  endedAt,
  from: 0,
  to: 0,
  attempt: 1,
  generation: 1,
});
const lane = (name: string, ...segments: Segment[]) => ({ stage: { name }, segments, tookMs: null }) as unknown as Lane;

describe("the critical path", () => {
  test("goes through the longer of two stages that ran beside each other, and its parts are the whole", () => {
    const path = criticalPathOf(
      [
        lane("read", segment("queue", 0, 10), segment("done", 10, 110)),
        lane("short", segment("done", 110, 200)),
        lane("long", segment("bad", 110, 300), segment("wait", 300, 400), segment("done", 400, 600)),
        lane("write", segment("done", 650, 700)),
      ],
      0,
    );
    expect(path?.steps.map(({ stage, kind }) => `${stage} ${kind}`)).toEqual([
      "read queue",
      "read done",
      "long bad",
      "long wait",
      "long done",
      "write done",
    ]);
    expect(path?.totalMs).toBe(700);
    expect(path?.parts).toEqual([
      { kind: "work", ms: 350, stages: ["long", "read", "write"] },
      { kind: "failed", ms: 190, stages: ["long"] },
      { kind: "wait", ms: 100, stages: ["long"] },
      { kind: "between", ms: 50, stages: [] },
      { kind: "queue", ms: 10, stages: ["read"] },
    ]);
    expect(path?.parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(path?.totalMs);
  });

  test("tells a wait that the code asked for from one before the next attempt", () => {
    const path = criticalPathOf([lane("nap", segment("sleep", 0, 50)), lane("b", segment("wait", 50, 60))], 0);
    expect(path?.parts).toEqual([
      { kind: "sleep", ms: 50, stages: ["nap"] },
      { kind: "wait", ms: 10, stages: ["b"] },
    ]);
  });

  test("cuts a stage that ran on beside its successor where that began", () => {
    const path = criticalPathOf([lane("a", segment("done", 0, 100)), lane("b", segment("done", 60, 300))], 0);
    expect(path?.steps.map(({ stage, startedAt, endedAt }) => [stage, startedAt, endedAt])).toEqual([
      ["a", 0, 60],
      ["b", 60, 300],
    ]);
  });

  test("of a fork begins where the fork does; of a run that has not begun there is none", () => {
    expect(criticalPathOf([lane("kept", segment("kept", 0, 50)), lane("b", segment("live", 120, 200))], 100)).toEqual({
      steps: [{ stage: "b", kind: "live", startedAt: 120, endedAt: 200 }],
      totalMs: 100,
      parts: [
        { kind: "work", ms: 80, stages: ["b"] },
        { kind: "between", ms: 20, stages: [] },
      ],
    });
    expect(criticalPathOf([lane("a")], 0)).toBeNull();
  });
});
