import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.js";

test("timers fire in order of their due instants, and for one instant in the order they were set", async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  for (const [name, ms] of [
    ["c", 30],
    ["a", 10],
    ["b1", 20],
    ["b2", 20],
  ] as const) {
    clock.setTimer(ms, () => fired.push(`${name}@${clock.monotonicMs() - 1_000_000}`));
  }
  await clock.advance(25);
  expect(fired).toEqual(["a@10", "b1@20", "b2@20"]);
  await clock.advance(5);
  expect(fired.at(-1)).toBe("c@30");
  expect(clock.timerCount).toBe(0);
});

test("promises settle between two timers, so a chain of sleeps takes the sum of their times", async () => {
  const clock = new VirtualClock();
  const startMs = clock.monotonicMs();
  let endMs = 0;
  void (async () => {
    for (let i = 0; i < 100; i++) await clock.sleep(7);
    endMs = clock.monotonicMs();
  })();
  await clock.advance(1_000);
  expect(endMs - startMs).toBe(700);
});

test("a cancelled timer does not fire, and a sleep ends when its signal aborts", async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  let sleptUntilMs = 0;
  clock.setTimer(5, () => expect.unreachable()).cancel();
  void clock.sleep(1_000, stop.signal).then(() => {
    sleptUntilMs = clock.monotonicMs();
  });
  clock.setTimer(10, () => stop.abort());
  const startMs = clock.monotonicMs();
  await clock.advance(50);
  expect(sleptUntilMs - startMs).toBe(10);
});

test("a jump of the wall clock affects neither monotonic time nor timers", async () => {
  const clock = new VirtualClock();
  const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
  let isFired = false;
  clock.setTimer(100, () => {
    isFired = true;
  });
  clock.jumpWall(-3_600_000);
  await clock.advance(99);
  expect(isFired).toBe(false);
  await clock.advance(1);
  expect(isFired).toBe(true);
  expect(clock.nowMs() - wallMs).toBe(-3_600_000 + 100);
  expect(clock.monotonicMs() - monotonicMs).toBe(100);
});

test("a frozen view's timers wait, and fire in order once it is thawed; a dead one's never fire", async () => {
  const clock = new VirtualClock();
  const [stopped, dead] = [clock.view(), clock.view()];
  const fired: string[] = [];
  stopped.setTimer(10, () => fired.push("first"));
  stopped.setTimer(20, () => fired.push("second"));
  stopped.setTimer(500, () => fired.push("later"));
  dead.setTimer(10, () => fired.push("dead"));
  stopped.freeze();
  dead.kill();
  await clock.advance(100);
  expect(fired).toEqual([]);
  stopped.thaw();
  await clock.advance(0);
  expect(fired).toEqual(["first", "second"]);
  await clock.advance(400);
  expect(fired).toEqual(["first", "second", "later"]);
});

test("runUntil stops at the first instant at which the predicate holds, or reports that it never did", async () => {
  const clock = new VirtualClock();
  const startMs = clock.monotonicMs();
  let count = 0;
  const tick = (): void =>
    void clock.setTimer(10, () => {
      count++;
      tick();
    });
  tick();
  expect(await clock.runUntil(() => count === 3, { virtualMsMax: 1_000 })).toBe(true);
  expect(clock.monotonicMs() - startMs).toBe(30);
  expect(await clock.runUntil(() => false, { virtualMsMax: 100 })).toBe(false);
  expect(clock.monotonicMs() - startMs).toBe(130);
});

test("a timer without a finite time is refused", () => {
  expect(() => new VirtualClock().setTimer(Number.NaN, () => {})).toThrow("finite");
});
