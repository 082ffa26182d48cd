import type { Beat, BeatAnswer, RunId, Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../base/manual-clock.fixture.js";
import { openEngine } from "./create-holdfast.js";

/** As much of a store as opening asks for. */
function openWith(options: object) {
  const clock = new ManualClock();
  const sent: { readonly atMs: number; readonly beats: readonly Beat[] }[] = [];
  const store = {
    beatModule: null,
    processModule: null,
    location: "nowhere",
    beat: async (beats: readonly Beat[]): Promise<readonly BeatAnswer[]> => {
      sent.push({ atMs: clock.monotonicMs(), beats });
      return beats.map(() => ({ kind: "extended", wish: null }));
    },
  } as unknown as Store;
  const { opened } = openEngine({ store, workflows: [], dataDir: "/nowhere", clock, ...options });
  const startBeating = (change: object = {}) =>
    opened.deps.heart.beatFor(
      {
        ...{ runId: "a" as RunId, token: 1, nonce: "n", generation: 1, askedAtMs: clock.monotonicMs() },
        ...{ leaseMs: opened.deps.leaseMs, stallAfterMs: 600_000 },
        ...change,
      },
      { onLost: () => {}, onWish: () => {} },
    );
  return { opened, clock, sent, startBeating };
}

describe("the lease of a worker", () => {
  test("is five minutes long and renewed every five seconds", async () => {
    const { opened, clock, sent, startBeating } = openWith({});
    expect([opened.deps.leaseMs, opened.deps.reportMs]).toEqual([300_000, 5_000]);
    startBeating();
    await clock.advance(10_000);
    expect(sent.map(({ atMs, beats }) => [atMs, beats[0]?.leaseMs])).toEqual([
      [6_000, 300_000],
      [11_000, 300_000],
    ]);
  });

  test("that is short is renewed six times as often as it lasts, unless an interval is given", () => {
    expect(openWith({ leaseMs: 12_000 }).opened.deps.reportMs).toBe(2_000);
    expect(openWith({ leaseMs: 12_001 }).opened.deps.reportMs).toBe(2_000);
    expect(openWith({ leaseMs: 60_000 }).opened.deps.reportMs).toBe(5_000);
    expect(openWith({ leaseMs: 12_000, heartbeatMs: 3_000 }).opened.deps.reportMs).toBe(3_000);
  });

  test("and its beats are refused where two workers could trust one run", () => {
    expect(() => openWith({ leaseMs: 999 })).toThrow(/leaseMs/);
    expect(() => openWith({ leaseMs: 10_000, heartbeatMs: 10_000 })).toThrow(/heartbeatMs/);
    expect(() => openWith({ heartbeatMs: "soon" })).toThrow(/heartbeatMs/);
  });
});
