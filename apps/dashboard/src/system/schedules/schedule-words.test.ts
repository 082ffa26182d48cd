/** The words of a schedule's row. */
import { expect, test } from "vitest";
import { cellOf, wordAway, wordCells, wordInstant, wordLast, wordThen } from "./schedule-words.js";

const at = (text: string) => Date.parse(text);
const tick = (
  outcome: "started" | "skipped" | "missed" | "failed" | "pending",
  status: "completed" | "failed" | "running" | null = null,
  count = 1,
) => ({ kind: "tick", at: 0, outcome, runId: null, reason: null, count, recordedAt: 0, status }) as const;

test("a tick is a cell by what became of its run", () => {
  const cells = [
    tick("started", "completed"),
    tick("started", "failed"),
    tick("started", "running"),
    tick("started", null),
    tick("skipped"),
    tick("missed"),
    tick("failed"),
    tick("pending"),
  ].map(cellOf);
  expect(cells).toEqual(["done", "bad", "live", "done", "hollow", "missed", "bad", "none"]);
  expect(wordCells(cells)).toBe("2 of 8 completed, 2 failed, 1 skipped or cancelled, 1 missed, 1 running, 1 not over");
  expect(wordCells([])).toBe("No tick yet");
});

test("the newest tick is told below its cells", () => {
  const of = (state: "active" | "paused" | "retired", ...ticks: readonly ReturnType<typeof tick>[]) =>
    wordLast({ state, ticks: [...ticks], changedBy: "jonas" });
  expect(of("active", tick("started", "completed"), tick("skipped"))).toBe("completed");
  expect(of("active", tick("missed", null, 3))).toBe("3 missed");
  expect(of("paused", tick("skipped"))).toBe("paused by jonas");
  expect(of("retired")).toBe("no longer in the code");
  expect(of("active")).toBe("no tick yet");
});

test("instants are told in the schedule's zone, as short as they can be", () => {
  const zone = "Europe/Oslo";
  expect(wordInstant(at("2026-12-06T13:00Z"), zone)).toBe("Sun 6 Dec 14:00");
  expect(wordInstant(at("2026-12-06T13:00:05Z"), null)).toBe("Sun 6 Dec 13:00:05");
  const daily = ["2026-12-01T05:00Z", "2026-12-02T05:00Z", "2026-12-03T05:00Z"].map(at);
  expect(wordThen(daily, zone)).toBe("then Wed 2 Dec, Thu 3 Dec");
  const hourly = ["2026-12-01T05:00Z", "2026-12-01T06:00Z"].map(at);
  expect(wordThen(hourly, zone)).toBe("then 07:00");
  expect(wordThen([], zone)).toBe("");
  const now = at("2026-11-29T14:00Z");
  expect(wordAway(at("2026-12-06T13:00Z"), now)).toBe("in 6 d 23 h");
  expect(wordAway(now, now)).toBe("now");
});
