import type { Beat, BeatAnswer, Lease, RunId } from "@holdfast/core";
import { expect, test } from "vitest";
import { ManualClock } from "../../base/manual-clock.fixture.js";
import { LeaseWatch } from "../lease-watch.js";
import { LoopHeart } from "./heart.js";

const leaseOf = (runId: string, askedAtMs: number, change: Partial<Lease> = {}): Lease => ({
  runId: runId as RunId,
  token: 3,
  nonce: "n",
  generation: 1,
  askedAtMs,
  leaseMs: 300_000,
  stallAfterMs: 30_000,
  ...change,
});

function setUp(heartbeatMs = 5_000) {
  const clock = new ManualClock();
  const sent: { readonly atMs: number; readonly beats: readonly Beat[] }[] = [];
  const world = { answer: (): BeatAnswer | "fails" => ({ kind: "extended", wish: null }) };
  const store = {
    beat: async (beats: readonly Beat[]) => {
      sent.push({ atMs: clock.monotonicMs(), beats });
      return beats.map(() => {
        const answer = world.answer();
        if (answer === "fails") throw new Error("busy");
        return answer;
      });
    },
  };
  const told: string[] = [];
  const events = {
    onLost: (heldBy: string | null) => void told.push(`lost to ${heldBy}`),
    onWish: (wish: string) => void told.push(wish),
  };
  return { clock, sent, world, told, events, heart: new LoopHeart(store, clock, heartbeatMs) };
}

test("a lease is renewed every heartbeat, with its own token, nonce and length", async () => {
  const { clock, sent, events, heart } = setUp();
  heart.beatFor(leaseOf("a", 1_000), events);
  await clock.advance(4_999);
  expect(sent).toEqual([]);
  await clock.advance(10_001);
  expect(sent.map(({ atMs }) => atMs)).toEqual([6_000, 11_000, 16_000]);
  expect(sent[0]?.beats).toMatchObject([{ runId: "a", token: 3, nonce: "n", leaseMs: 300_000 }]);
});

test("a short lease is renewed at least four times within the time that it is trusted", async () => {
  const { clock, sent, events, heart } = setUp();
  heart.beatFor(leaseOf("a", 1_000, { leaseMs: 3_000 }), events);
  await clock.advance(2_000);
  expect(sent.map(({ atMs }) => atMs)).toEqual([1_500, 2_000, 2_500, 3_000]);
});

test("an answer counts from the asking; one that never came, or failed, does not", async () => {
  const { clock, world, events, heart } = setUp();
  const held = heart.beatFor(leaseOf("a", 700), events);
  expect(held.askedAtMs()).toBe(700);
  await clock.advance(5_000);
  expect(held.askedAtMs()).toBe(6_000);
  world.answer = () => "fails";
  await clock.advance(10_000);
  expect(held.askedAtMs()).toBe(6_000);
});

test("a lost lease is told once and beats no more; a wish is told and the lease goes on", async () => {
  const { clock, sent, world, told, events, heart } = setUp();
  heart.beatFor(leaseOf("a", 1_000), events);
  world.answer = () => ({ kind: "extended", wish: "pause" });
  await clock.advance(5_000);
  world.answer = () => ({ kind: "lost", heldBy: "worker-b" });
  await clock.advance(20_000);
  expect(told).toEqual(["pause", "lost to worker-b"]);
  expect(sent).toHaveLength(2);
});

test("a lease that is released, and a heart that is closed, beat no more", async () => {
  const { clock, sent, events, heart } = setUp();
  heart.beatFor(leaseOf("a", 1_000), events).release();
  heart.beatFor(leaseOf("b", 1_000), events);
  await clock.advance(5_000);
  expect(sent.map(({ beats }) => beats.map(({ runId }) => runId))).toEqual([["b"]]);
  await heart.close();
  await clock.advance(20_000);
  expect(sent).toHaveLength(1);
});

test("each lease is renewed at its own time, and the heart looks only then", async () => {
  const { clock, sent, events, heart } = setUp();
  const setTimer = clock.setTimer.bind(clock);
  const looks: number[] = [];
  clock.setTimer = (ms, fire) => {
    looks.push(ms);
    return setTimer(ms, fire);
  };
  heart.beatFor(leaseOf("a", 1_000), events);
  await clock.advance(2_000);
  heart.beatFor(leaseOf("b", 3_000), events);
  await clock.advance(8_000);
  expect(sent.map(({ atMs, beats }) => [atMs, ...beats.map(({ runId }) => runId)])).toEqual([
    [6_000, "a"],
    [8_000, "b"],
    [11_000, "a"],
  ]);
  expect(looks).toEqual([5_000, 2_000, 3_000, 2_000]);
});

test("what is answered after a lease was released, or the heart closed, is told to nobody, and nothing goes on", async () => {
  const { clock, told, events } = setUp();
  let answer: (answers: BeatAnswer[]) => void = () => {};
  const sent: number[] = [];
  const store = {
    beat: (beats: readonly Beat[]) => {
      sent.push(beats.length);
      return new Promise<BeatAnswer[]>((resolve) => {
        answer = resolve;
      });
    },
  };
  const heart = new LoopHeart(store, clock, 5_000);
  const held = heart.beatFor(leaseOf("a", 1_000), events);
  heart.beatFor(leaseOf("b", 1_000), events);
  await clock.advance(5_000);
  held.release();
  answer([
    { kind: "lost", heldBy: "worker-b" },
    { kind: "extended", wish: null },
  ]);
  await clock.advance(0);
  expect([told, held.askedAtMs()]).toEqual([[], 1_000]);
  await clock.advance(5_000);
  await heart.close();
  answer([{ kind: "extended", wish: "cancel" }]);
  await clock.advance(20_000);
  expect([sent, told, clock.timerCount]).toEqual([[2, 1], [], 0]);
  const other = new LoopHeart(store, clock, 5_000);
  other.beatFor(leaseOf("c", 1_000), events);
  await other.close();
  expect(clock.timerCount).toBe(0);
});

test("the watch trusts a lease until a margin before its window ends, from the newest beat that was answered", async () => {
  const { clock, world, told, events, heart } = setUp();
  const watch = new LeaseWatch(leaseOf("a", 1_000), heart, clock, events);
  await clock.advance(60_000);
  expect([watch.isTrusted(), told]).toEqual([true, []]);
  // The newest answer was to the beat at 61 s: trusted until 61 + 30 - 5.
  world.answer = () => "fails";
  await clock.advance(24_999);
  expect([watch.isTrusted(), told]).toEqual([true, []]);
  await clock.advance(1);
  expect([watch.isTrusted(), told]).toEqual([false, ["lost to null"]]);
  await clock.advance(60_000);
  expect(told).toHaveLength(1);
});

test("a watch looks again only when its trust would end, and a lease that it gave up beats no more", async () => {
  const { clock, sent, world, events, heart } = setUp();
  const looks: number[] = [];
  const counted = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: clock.sleep.bind(clock),
    setTimer: (ms: number, fire: () => void) => {
      looks.push(ms);
      return clock.setTimer(ms, fire);
    },
  };
  new LeaseWatch(leaseOf("a", 1_000), heart, counted, events);
  world.answer = () => "fails";
  await clock.advance(25_000);
  expect(looks).toEqual([25_000]);
  const { length } = sent;
  await clock.advance(60_000);
  expect([looks.length, sent.length]).toEqual([1, length]);
});

test("a watch that is released tells nothing any more", async () => {
  const { clock, world, told, events, heart } = setUp();
  world.answer = () => "fails";
  new LeaseWatch(leaseOf("a", 1_000), heart, clock, events).release();
  await clock.advance(60_000);
  expect([told, clock.timerCount]).toEqual([[], 0]);
});
