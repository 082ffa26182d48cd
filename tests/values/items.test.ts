/** The items of a map over an iterable, and their keys, through the library with a real store. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { defineWorkflow, type Holdfast } from "holdfast";
import { createHoldfast, type MapCommit, type Store } from "holdfast/store";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

let folder = "";
let holdfast: Holdfast | null = null;
let items: unknown[] = [];
let calls: string[] = [];
/** What maps wrote, in order. */
let commits: MapCommit[] = [];
let stopAt: string | null = null;
let stop = () => {};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-items-"));
  items = [];
  calls = [];
  commits = [];
  stopAt = null;
});
afterEach(async () => {
  await holdfast?.close();
  holdfast = null;
  await rm(folder, { recursive: true, force: true });
});

type Form = "array" | "function" | "async function" | "from";
const FORMS: readonly Form[] = ["array", "function", "async function", "from"];

function sourceOf(form: Form): never {
  const source = {
    array: items,
    function: () => items.values(),
    "async function": async function* () {
      yield* items;
    },
    from: { from: (position: number) => items.slice(position) },
  };
  return source[form] as never;
}

async function open(form: Form, options: Record<string, unknown> = {}): Promise<Holdfast> {
  const workflow = defineWorkflow({
    name: "each",
    input: z.object({}),
    async run({ map }) {
      const each = { key: (item: string) => item, concurrency: 1, batch: { results: 1 }, ...options };
      const ref = await map("each", sourceOf(form), each as never, (item: string) => {
        calls.push(item);
        if (item === stopAt) stop();
        return item;
      });
      return { total: ref.total, ok: ref.ok };
    },
  });
  const store = noteCommits(await openSqliteStore({ file: ":memory:" }));
  holdfast = createHoldfast({ store, dataDir: folder, workflows: [workflow], stageFiles: false });
  return holdfast;
}

function noteCommits(store: Store): Store {
  const commitMap: Store["commitMap"] = (fence, commit) => {
    commits.push(commit);
    return store.commitMap(fence, commit);
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "commitMap") return commitMap;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function started(of: Holdfast) {
  const run = await of.startHere(of.workflows[0] as never, {} as never, { runId: "r" });
  stop = () => run.drain();
  await run.done;
  return run.handle.status();
}

async function resumed(of: Holdfast, how: Parameters<Holdfast["resumeHere"]>[1] = {}) {
  calls = [];
  stopAt = null;
  const run = await of.resumeHere("r", how);
  stop = () => run.drain();
  await run.done;
  return run.handle.status();
}

const refusal = (of: Holdfast) =>
  resumed(of).then(
    () => null,
    (error) => error,
  );

async function recordedKeys(of: Holdfast): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of (await of.handle("r")).items("each")) found.push(key);
  return found.sort();
}

const named = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `f${String(from + i).padStart(4, "0")}`);

describe.each(FORMS)("a map over a source given as %s, whose items differ on a resume,", (form) => {
  test("names added and removed items; a redo calls the added ones and drops the removed ones", async () => {
    items = named(0, 20);
    stopAt = "f0009";
    const of = await open(form);
    expect((await started(of)).status).toBe("paused");
    items = ["a-new", ...named(2, 12), "b-new", ...named(12, 20), "z-new"];
    const error = await refusal(of);
    expect(error).toMatchObject({
      code: "DRIFT",
      details: {
        drift: [
          {
            what: "items",
            stage: "each",
            came: { count: 3, first: ["a-new", "b-new", "z-new"] },
            went: { count: 2, first: ["f0000", "f0001"] },
          },
        ],
      },
    });
    expect(error.message).toContain('3 came ("a-new", "b-new", "z-new"), 2 went ("f0000", "f0001")');
    expect(calls).toEqual([]);
    const refused = await of.plan("r");
    const plan = await of.plan("r", { accept: "redo" });
    // A plan reads lists; what another iterable will yield is not known before the resume.
    if (form === "array") {
      expect(refused.drift).toMatchObject([{ what: "items", stage: "each", came: { count: 3 }, went: { count: 2 } }]);
      expect(plan.itemCalls).toBe(13);
    } else expect(plan.itemCalls).toBeNull();
    expect(await resumed(of, { accept: "redo" })).toMatchObject({ status: "completed", output: { total: 21, ok: 21 } });
    expect(calls).toEqual(["a-new", ...named(10, 12), "b-new", ...named(12, 20), "z-new"]);
    expect(await recordedKeys(of)).toEqual([...items].sort());
  });

  test("calls no added item and keeps results of removed ones if reuse is accepted, even across a further pause", async () => {
    items = named(0, 20);
    stopAt = "f0009";
    const of = await open(form);
    await started(of);
    items = ["a-new", ...named(2, 20)];
    calls = [];
    const run = await of.resumeHere("r", { accept: "reuse" });
    stop = () => run.drain();
    stopAt = "f0014";
    await run.done;
    expect((await run.handle.status()).status).toBe("paused");
    expect(calls).toEqual(named(10, 15));
    expect(await resumed(of)).toMatchObject({ status: "completed", output: { total: 20, ok: 20 } });
    expect(calls).toEqual(named(15, 20));
    expect(await recordedKeys(of)).toEqual(named(0, 20));
  });

  test("requires no acceptance if items only moved, or were added at the end", async () => {
    items = named(0, 20);
    stopAt = "f0009";
    const of = await open(form);
    await started(of);
    items = [...named(5, 20), ...named(0, 5)];
    expect(await resumed(of)).toMatchObject({ status: "completed", output: { total: 20, ok: 20 } });
    expect(calls).toEqual(named(10, 20));
  });

  test("continues where it was, over many pages, and finds one more at the end", async () => {
    items = named(0, 1_000);
    stopAt = "f0600";
    const of = await open(form, { concurrency: 4, batch: { results: 50 } });
    await started(of);
    const done = calls.length;
    items = named(0, 1_001);
    const ended = await resumed(of);
    expect(ended).toMatchObject({ status: "completed", output: { total: 1_001, ok: 1_001 } });
    expect(calls.length).toBe(1_001 - done);
    // Kept are the pages from the latest completed one at the last write, and no key of the pages before it.
    const taken = commits.flatMap(({ pages = [] }) => pages.map(({ index }) => index));
    const lowWater = commits.findLast(({ pages = [] }) => pages.length > 0)?.lowWater ?? 0;
    const from = Math.max(...taken.filter((first) => first < Math.max(1, lowWater)));
    const kept = [...new Set(taken)].filter((first) => first >= from).sort((a, b) => a - b);
    const pages = await of.store.listItemPages("r" as never, "each");
    expect(pages.map(({ index, keys }) => ({ index, keys }))).toEqual(
      kept.map((first, i) => ({ index: first, keys: named(first, kept[i + 1] ?? 1_001) })),
    );
  });

  test("is not called for two items of the same key, however far apart", async () => {
    for (const [first, second] of [
      [3, 5],
      [3, 700],
      [0, 127],
    ] as const) {
      items = named(0, 800);
      items[second] = items[first];
      calls = [];
      const of = await open(form, { concurrency: 8, batch: { results: 100 } });
      const ended = await started(of);
      expect(ended.status).toBe("failed");
      expect(ended.error?.message).toContain(
        `Map each: item ${second}: its key "${items[first]}" is that of item ${first} already`,
      );
      expect(calls.filter((key) => key === items[first]).length).toBeLessThanOrEqual(1);
      await of.close();
    }
  });

  test("is not called for a second item of a key that was done before a pause", async () => {
    items = named(0, 400);
    stopAt = "f0300";
    const of = await open(form, { concurrency: 2, batch: { results: 20 } });
    await started(of);
    items = [...named(0, 400), "f0002"];
    const ended = await resumed(of);
    expect(ended.error?.message).toContain('item 400: its key "f0002" is that of item 2 already');
    expect(calls).not.toContain("f0002");
  });
});

describe("a key", () => {
  test.each([
    ["a NUL", "a\0x", "holds a NUL character"],
    ["half of a pair", "a\ud83d", "holds half of a character"],
    ["nothing", "", "its key is empty"],
    ["too much", "k".repeat(1_025), "its key is too long"],
  ])("with %s is refused with its place", async (_, key, problem) => {
    items = ["first", key];
    const ended = await started(await open("function"));
    expect(ended.status).toBe("failed");
    expect(ended.error?.message).toContain("Map each: item 1: ");
    expect(ended.error?.message).toContain(problem);
    expect(calls).toEqual([]);
  });

  test.each([
    ["name", null, 'it is null, which has no property "name" to be its key'],
    ["name", { id: 1 }, "its key is undefined"],
    [(item: { name: string }) => item.name.trim(), null, "the `key` function failed for it (TypeError:"],
    [() => 7, {}, "its key is number"],
  ])("given as %s of an item that has none is refused with its place", async (key, item, problem) => {
    items = [item];
    const ended = await started(await open("function", { key }));
    expect(ended.error?.message).toContain(`Map each: item 0: ${problem}`);
  });
});

test("all invalid options are reported at once, before anything is done", async () => {
  items = ["a"];
  const wrong = {
    concurrency: 0,
    attempts: Number.NaN,
    batch: { results: 0 },
    budget: { usd: -1 },
    maxErrorRate: 7,
    maxFailed: -1,
    concurency: 4,
  };
  const ended = await started(await open("array", wrong));
  expect(ended.status).toBe("failed");
  for (const part of [
    "concurrency: a whole number from 1, or { min, max } of such numbers, is expected, 0 was given",
    "attempts: a whole number from 1 is expected, NaN was given",
    "batch.results: a whole number from 1 is expected, 0 was given",
    "budget.usd: a number of dollars from 0 to 1,000,000, or Infinity, is expected, -1 was given",
    "maxErrorRate: a share from 0 to 1 is expected, 7 was given",
    "maxFailed: a count",
    "concurency: there is no such option; is concurrency meant?",
  ]) {
    expect(ended.error?.message).toContain(part);
  }
  expect(calls).toEqual([]);
});

test.each([["5"], [-1], [Number.NaN], [2_000_000], [undefined], [null]])(
  "a budget of %j dollars is refused: it is not a limit that can be enforced",
  async (usd) => {
    items = ["a"];
    const ended = await started(await open("array", { budget: { usd } }));
    expect(ended.error?.message).toContain(
      "Map each, budget.usd: a number of dollars from 0 to 1,000,000, or Infinity, is expected, ",
    );
    expect(calls).toEqual([]);
  },
);

test.each([[-1], [Number.NaN], [1.5], [{ min: 3, max: 2 }], [{ min: 0, max: 2 }], ["8"]])(
  "concurrency %j is refused instead of waiting forever",
  async (concurrency) => {
    items = ["a"];
    const ended = await started(await open("array", { concurrency }));
    expect(ended.error?.message).toMatch(/^Map each, concurrency: a whole number/);
  },
);
