import { expect, test } from "vitest";
import { ManualClock, settle } from "../base/manual-clock.fixture.js";
import { AttemptAbort } from "./attempt-abort.js";
import { PaidCalls } from "./paid-calls.js";

async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settle();
  return done;
}

test("nothing is waited for where nothing is paid for", async () => {
  const [paid, clock] = [new PaidCalls(), new ManualClock()];
  expect(await isDone(paid.settle(clock, 25_000))).toBe(true);
  expect(clock.timerCount).toBe(0);
});

test("the end waits for the answer and for what is kept of it", async () => {
  const [paid, clock, call] = [new PaidCalls(), new ManualClock(), new AttemptAbort()];
  paid.begin(call);
  expect(paid.isPaying(call)).toBe(true);
  const settled = paid.settle(clock, 25_000);
  let kept!: () => void;
  paid.keep(
    new Promise<void>((resolve) => {
      kept = resolve;
    }),
  );
  paid.end(call);
  expect([paid.isPaying(call), await isDone(settled), await isDone(paid.whenPaid())]).toEqual([false, false, true]);
  kept();
  expect([await isDone(settled), await isDone(paid.whenKept())]).toEqual([true, true]);
  expect(clock.timerCount).toBe(0);
});

test("whoever waits for the answers hears of the last one", async () => {
  const [paid, one, other] = [new PaidCalls(), new AttemptAbort(), new AttemptAbort()];
  paid.begin(one);
  paid.begin(other);
  const answered = paid.whenPaid();
  paid.end(one);
  expect(await isDone(answered)).toBe(false);
  paid.end(other);
  expect(await isDone(answered)).toBe(true);
});

test("a call that hangs is waited for no longer than the grace", async () => {
  const [paid, clock] = [new PaidCalls(), new ManualClock()];
  paid.begin(new AttemptAbort());
  const settled = paid.settle(clock, 25_000);
  await clock.advance(24_999);
  expect(await isDone(settled)).toBe(false);
  await clock.advance(1);
  expect(await isDone(settled)).toBe(true);
});
