import { RECOVERY_DEFAULTS, type RecoveryPolicy } from "@holdfast/core";
import { expect, test } from "vitest";
import { ManualClock } from "../base/manual-clock.fixture.js";
import { beginDeclared, NotIdle, waitDeclared } from "./not-idle.js";

function setUp(policy: Partial<RecoveryPolicy> = {}) {
  const clock = new ManualClock();
  const world = { signs: 0 };
  const notIdle = new NotIdle({ ...RECOVERY_DEFAULTS, ...policy }, clock, () => void world.signs++);
  return { clock, world, notIdle };
}

test("a wait writes a sign every 30 s, and once more at its end when it was long", async () => {
  const { clock, world, notIdle } = setUp();
  const end = notIdle.begin();
  await clock.advance(29_999);
  expect(world.signs).toBe(0);
  await clock.advance(1);
  expect(world.signs).toBe(1);
  await clock.advance(30_000);
  expect(world.signs).toBe(2);
  end();
  expect(world.signs).toBe(3);
  end();
  await clock.advance(90_000);
  expect(world.signs).toBe(3);
});

test("a wait that was exactly as long as the interval writes a sign at its end", async () => {
  const { clock, world, notIdle } = setUp();
  const end = notIdle.begin();
  await clock.advance(30_000);
  end();
  expect(world.signs).toBe(2);
});

test("a wait shorter than that writes nothing", async () => {
  const { clock, world, notIdle } = setUp();
  const end = notIdle.begin();
  await clock.advance(29_999);
  end();
  await clock.advance(60_000);
  expect([world.signs, clock.timerCount]).toEqual([0, 0]);
});

test("of an idle timeout of the workflow's own a wait takes at most a quarter without a sign", async () => {
  const { clock, world, notIdle } = setUp({ idleTimeoutMs: 8_000 });
  notIdle.begin();
  await clock.advance(2_000);
  expect(world.signs).toBe(1);
});

test("one timer serves all waits, and goes with the last of them", async () => {
  const { clock, world, notIdle } = setUp();
  const [first, second] = [notIdle.begin(), notIdle.begin()];
  first();
  await clock.advance(30_000);
  expect(world.signs).toBe(1);
  second();
  expect(clock.timerCount).toBe(0);
});

test("a declared timeout is no idleness where the idle timeout is the default, and it is longer than the signs' interval", async () => {
  const { clock, world, notIdle } = setUp();
  const subject = (defaulted: readonly "idleTimeoutMs"[]) =>
    ({ run: { policy: { ...RECOVERY_DEFAULTS, defaulted } } }) as never;
  for (const [defaulted, timeoutMs, signs] of [
    [["idleTimeoutMs"], 30_001, 1],
    [["idleTimeoutMs"], 30_000, 0],
    [[], 60_000, 0],
    [["idleTimeoutMs"], undefined, 0],
  ] as const) {
    world.signs = 0;
    const end = beginDeclared({ subject: subject(defaulted), notIdle }, timeoutMs);
    await clock.advance(30_000);
    notIdle.close();
    expect(world.signs).toBe(signs);
    world.signs = 0;
    end();
  }
});

test("a declared wait fires after its time; cancelled, it neither fires nor counts", async () => {
  const { clock, world, notIdle } = setUp();
  const fired: string[] = [];
  waitDeclared({ notIdle, deps: { clock } }, 60_000, () => void fired.push("a"));
  waitDeclared({ notIdle, deps: { clock } }, 60_000, () => void fired.push("b")).cancel();
  await clock.advance(60_000);
  expect(fired).toEqual(["a"]);
  // One halfway, one at the end.
  expect(world.signs).toBe(2);
  expect(clock.timerCount).toBe(0);
});
