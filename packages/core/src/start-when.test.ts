import { expect, test } from "vitest";
import { DURATION_MAX_MS } from "./duration.js";
import { isTag, readDedupe, readStartWhen, START_TERMS, type StartWhen } from "./start-when.js";

const NOW = 1_800_000_000_000;
const read = (when: object) => readStartWhen(when as StartWhen, NOW);

test("without options a run starts at once, with the priority of most and without tags", () => {
  expect(read({})).toEqual(START_TERMS);
  expect(read({ at: undefined, delayMs: 0, priority: 5, tags: [] })).toEqual(START_TERMS);
});

test("an instant is a Date or milliseconds; one that is past, or now, is at once", () => {
  expect(read({ at: NOW + 1 }).due).toEqual({ kind: "at", atMs: NOW + 1 });
  expect(read({ at: new Date(NOW + 5) }).due).toEqual({ kind: "at", atMs: NOW + 5 });
  for (const at of [0, NOW, new Date(NOW - 1)]) expect(read({ at }).due).toBeNull();
  expect(read({ at: NOW + DURATION_MAX_MS }).due).not.toBeNull();
});

test("a delay is up to 10 years, longer than a platform's timer too", () => {
  expect(read({ delayMs: 2 ** 31 }).due).toEqual({ kind: "after", ms: 2 ** 31 });
  expect(read({ delayMs: DURATION_MAX_MS }).due).toEqual({ kind: "after", ms: DURATION_MAX_MS });
  expect(read({ delayMs: 0.5 }).due).toEqual({ kind: "after", ms: 1 });
});

test("tags are kept in their order, each once", () => {
  expect(read({ tags: ["b", "a b", "b"] }).tags).toEqual(["b", "a b"]);
  expect(read({ tags: Array.from({ length: 20 }, (_, i) => `t${i}`) }).tags).toHaveLength(20);
  expect(["x".repeat(64), "æ", "a:b"].every(isTag)).toBe(true);
});

test.each<[name: string, when: object]>([
  ["at and delayMs", { at: NOW, delayMs: 1 }],
  ["delayMs", { delayMs: -1 }],
  ["delayMs", { delayMs: Number.NaN }],
  ["delayMs", { delayMs: "2h" }],
  ["delayMs", { delayMs: DURATION_MAX_MS + 1 }],
  ["at", { at: new Date("no date") }],
  ["at", { at: "tomorrow" }],
  ["at", { at: null }],
  ["at", { at: -1 }],
  ["at", { at: NOW + DURATION_MAX_MS + 1 }],
  ["at", { at: Number.POSITIVE_INFINITY }],
  ["priority", { priority: 10 }],
  ["priority", { priority: -1 }],
  ["priority", { priority: 1.5 }],
  ["priority", { priority: "9" }],
  ["tags", { tags: "nightly" }],
  ["tags", { tags: [""] }],
  ["tags", { tags: [" a"] }],
  ["tags", { tags: ["a\nb"] }],
  ["tags", { tags: [7] }],
  ["tags", { tags: ["x".repeat(65)] }],
  ["tags", { tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }],
])("refuses an impossible %s", (name, when) => {
  expect(() => read(when)).toThrow(
    expect.objectContaining({ code: "WRONG_USE", message: expect.stringMatching(`^${name}: `) }),
  );
});

const readKey = (dedupe: object, more: object = {}) => readDedupe({ dedupe, ...more } as StartWhen);

test("a dedupe key joins unless it says otherwise; a burst is put off ten times its quiet, at most a day", () => {
  expect(readDedupe({})).toBeNull();
  expect(readKey({ key: "a" })).toEqual({ key: "a", whenActive: "join", quietMs: null, maxWaitMs: 0 });
  expect(readKey({ key: "a", whenActive: "after", quietMs: 1_000 })).toMatchObject({
    quietMs: 1_000,
    maxWaitMs: 10_000,
  });
  expect(readKey({ key: "a", quietMs: 3_600_000 * 5 })).toMatchObject({ maxWaitMs: 86_400_000 });
  expect(readKey({ key: "a", quietMs: 3_600_000 * 48 })).toMatchObject({ maxWaitMs: 3_600_000 * 48 });
  expect(readKey({ key: "a", quietMs: 5, maxWaitMs: 7 })).toMatchObject({ maxWaitMs: 7 });
});

test.each<[name: string, dedupe: object, more?: object]>([
  ["dedupe.key", {}],
  ["dedupe.key", { key: "" }],
  ["dedupe.key", { key: 7 }],
  ["dedupe.key", { key: "x".repeat(201) }],
  ["dedupe.whenActive", { key: "a", whenActive: "skip" }],
  ["dedupe.quietMs", { key: "a", quietMs: -1 }],
  ["dedupe.quietMs", { key: "a", quietMs: DURATION_MAX_MS + 1 }],
  ["dedupe.quietMs", { key: "a", quietMs: 5 }, { delayMs: 5 }],
  ["dedupe.maxWaitMs", { key: "a", maxWaitMs: 5 }],
  ["dedupe.maxWaitMs", { key: "a", quietMs: 5, maxWaitMs: 4 }],
  ["dedupe, quiet", { key: "a", quiet: 5 }],
])("refuses an impossible %s", (name, dedupe, more) => {
  expect(() => readKey(dedupe, more)).toThrow(
    expect.objectContaining({ code: "WRONG_USE", message: expect.stringContaining(name) }),
  );
});
