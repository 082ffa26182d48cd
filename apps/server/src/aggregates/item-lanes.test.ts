/** Lanes of a map's calls: as many as were under way at once, and no more stretches than a picture has room for. */
import { describe, expect, test } from "vitest";
import { CALLS_MAX, LANES_MAX, lanesOf, readLanes } from "./item-lanes.js";

const MAP = { stage: "ask", startedAt: 1_000 };
const call = (from: number, to: number, outcome: "ok" | "error" = "ok") => ({
  startedAt: from,
  finishedAt: to,
  outcome,
});
const open = (index: number, startedAt: number) => ({ key: `k${index}`, index, attempt: 1, startedAt });

describe("the lanes of a map", () => {
  test("are as many as calls were under way at once; one that ended makes room", () => {
    const calls = [call(2_000, 3_000), call(1_000, 2_000), call(1_500, 5_000, "error"), call(4_000, 5_000)];
    const { laneCount, spans, now } = lanesOf(MAP, calls, [open(9, 4_500)]);
    expect(laneCount).toBe(3);
    expect(spans).toEqual([
      // Without a gap between them, two calls are one stretch.
      [0, 0, 2_000, "done"],
      [1, 500, 4_000, "failed"],
      [0, 3_000, 4_000, "done"],
    ]);
    expect(now).toEqual([{ key: "k9", index: 9, attempt: 1, startedAt: 4_500, lane: 2 }]);
  });

  test("of a map with very many calls are few enough to be sent, and what failed stays seen", () => {
    const calls = Array.from({ length: 40_000 }, (_, index) =>
      call(1_000 + index * 3, 1_000 + index * 3 + 20, index === 20_000 ? "error" : "ok"),
    );
    const { laneCount, spans } = lanesOf(MAP, calls, []);
    expect(laneCount).toBe(7);
    expect(spans.length).toBeLessThan(3_001);
    expect(spans.filter(([, , , state]) => state === "failed")).toHaveLength(1);
  });

  test("end at a bound, and what is under way beyond it is counted", () => {
    const now = Array.from({ length: LANES_MAX + 5 }, (_, index) => open(index, 2_000));
    const lanes = lanesOf(MAP, [], now);
    expect([lanes.laneCount, lanes.now.length, lanes.moreCount]).toEqual([LANES_MAX, LANES_MAX, 5]);
  });

  test("are not read where there are more results than anybody looks at", async () => {
    const runs = { itemStates: () => Promise.reject(new Error("read")) } as never;
    expect(await readLanes(runs, { ...MAP, ok: CALLS_MAX, failed: 1 } as never)).toBeNull();
  });
});
