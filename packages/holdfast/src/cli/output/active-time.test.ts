import type { RunView } from "@holdfast/engine";
import { expect, test } from "vitest";
import { activeMs, wordRunTime } from "./active-time.js";

const attempt = (startedAt: number, finishedAt: number | null) => ({
  attempt: 1,
  status: "completed",
  startedAt,
  finishedAt,
});
const run = (more: object, ...attempts: ReturnType<typeof attempt>[]) =>
  ({
    status: "completed",
    startedAt: 1_000,
    finishedAt: 61_000,
    updatedAt: 61_000,
    stages: [{ name: "a", attempts }],
    ...more,
  }) as unknown as RunView;

test("a pause between two attempts is not at work", () => {
  const paused = run({}, attempt(1_000, 4_000), attempt(59_000, 61_000));
  expect(activeMs(paused, 99_000)).toBe(5_000);
  expect(wordRunTime(paused, 99_000)).toBe("5.0 s of work, 1 min 00 s in total");
});

test("stages side by side count once, and a run without a pause says one time", () => {
  const whole = run({}, attempt(1_000, 40_000), attempt(10_000, 61_000));
  expect(activeMs(whole, 99_000)).toBe(60_000);
  expect(wordRunTime(whole, 99_000)).toBe("1 min 00 s");
});

test("what is open ends now while its run works, and when it was last heard of while it rests", () => {
  const open = (status: string) => run({ status, finishedAt: null, updatedAt: 11_000 }, attempt(1_000, null));
  expect(activeMs(open("running"), 31_000)).toBe(30_000);
  expect(activeMs(open("paused"), 99_000)).toBe(10_000);
});
