import type { DatasetRow } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import type { StageSignal } from "../workflow/interrupted.js";
import type { DatasetRef } from "../workflow/refs.js";
import { DatasetSource, type DatasetSourceOptions, IterableSource, type MapSource } from "./source.js";

const signal = new AbortController().signal as StageSignal;

/** Row i has a text for "a" always, for "b" unless i is a multiple of three. */
const ROWS: readonly DatasetRow[] = Array.from({ length: 600 }, (_, index) => ({
  index,
  key: `k${index}`,
  rowSha256: `sha${index}`,
  json: JSON.stringify({ a: `a${index}`, b: index % 3 === 0 ? null : `b${index}` }),
}));
const REF: DatasetRef = { kind: "dataset", runId: "r", stage: "s", digest: "d", name: "rows", rows: ROWS.length };

let readCount = 0;
const store = {
  listRows: (_name: string, _digest: string, { from, limit }: { from: number; limit: number }) => {
    readCount += limit;
    return Promise.resolve(ROWS.slice(from, from + limit));
  },
};

type Row = Record<string, string | null>;
const expand = { parts: ["a", "b"], item: (row: unknown, part: string) => (row as Row)[part] ?? null };
const sourceOf = (options: DatasetSourceOptions) => new DatasetSource("s", REF, store, options);

async function walk(source: MapSource, from = 0) {
  const holes: number[] = [];
  const items: { index: number; key: string; value: unknown }[] = [];
  for await (const page of source.pages(from, signal, (index) => holes.push(index))) {
    for (const item of page) items.push({ index: item.index, key: item.key, value: item.load() });
  }
  return { items, holes };
}

describe("a dataset as the source of a map", () => {
  test("gives its rows in order, from any position, each position once", async () => {
    const { items } = await walk(sourceOf({}));
    expect(items.map(({ index }) => index)).toEqual(ROWS.map(({ index }) => index));
    expect((await walk(sourceOf({}), 599)).items).toEqual([
      { index: 599, key: "k599", value: JSON.parse(ROWS[599]?.json ?? "") },
    ]);
  });

  test("expanded gives up to one item a part, with holes where a row has none, at fixed positions", async () => {
    const { items, holes } = await walk(sourceOf({ expand }));
    expect(items.slice(0, 3)).toEqual([
      { index: 0, key: "k0:a", value: "a0" },
      { index: 2, key: "k1:a", value: "a1" },
      { index: 3, key: "k1:b", value: "b1" },
    ]);
    expect([items.length, holes.length, holes[1]]).toEqual([1_000, 200, 7]);
    expect([...items.map(({ index }) => index), ...holes].sort((x, y) => x - y)).toEqual(
      Array.from({ length: 1_200 }, (_, index) => index),
    );
  });

  test("expanded goes on in the middle of a row", async () => {
    const { items } = await walk(sourceOf({ expand }), 3);
    expect(items[0]).toEqual({ index: 3, key: "k1:b", value: "b1" });
    expect(items.length).toBe(998);
  });

  test("limited ends in the middle of a row where the limit says so", async () => {
    const { items, holes } = await walk(sourceOf({ expand, limit: 5 }));
    expect([items.map(({ key }) => key), holes]).toEqual([["k0:a", "k1:a", "k1:b", "k2:a"], [1]]);
    expect((await walk(sourceOf({ limit: 300 }))).items.length).toBe(300);
  });

  test("picks by position, reading only those rows", async () => {
    readCount = 0;
    const picked: string[] = [];
    for await (const page of sourceOf({ expand }).pick([3, 5, 1_199])) picked.push(...page.map(({ key }) => key));
    expect([picked, readCount]).toEqual([["k1:b", "k2:b", "k599:b"], 3]);
  });

  test("has another identity when parts or limit differ, since positions do", () => {
    const digests = [{}, { expand }, { limit: 5 }, { expand, limit: 5 }].map((options) => sourceOf(options).digest);
    expect(new Set(digests).size).toBe(4);
  });

  test.each([[[]], [["a", "a"]], [["a:b"]], [["a b"]], [[""]]])("refuses the parts %j", (parts) => {
    expect(() => sourceOf({ expand: { ...expand, parts } })).toThrow(/expand\.parts needs different names/);
  });
});

describe("an iterable as the source of a map", () => {
  test("is asked anew for each walk when it is a function, and picks what is wanted of it", async () => {
    const source = new IterableSource(
      "s",
      () => Array.from({ length: 700 }, (_, i) => ({ id: `i${i}` })),
      (item) => (item as { id: string }).id,
    );
    expect((await walk(source)).items.length).toBe(700);
    const picked: string[] = [];
    for await (const page of source.pick([5, 650], signal)) picked.push(...page.map(({ key }) => key));
    expect(picked).toEqual(["i5", "i650"]);
  });

  test.each([
    ["an array", (rows: readonly unknown[], touched: number[]) => track(rows, touched)],
    [
      "a source with `from`",
      (rows: readonly unknown[], touched: number[]) => ({
        *from(position: number) {
          const tracked = track(rows, touched);
          for (let at = position; at < rows.length; at++) yield tracked[at];
        },
      }),
    ],
  ])("is entered where items are missing when it is %s", async (_name, make) => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ id: `i${i}` }));
    const touched: number[] = [];
    const source = new IterableSource("s", make(rows, touched) as never, (item) => (item as { id: string }).id);
    const { items } = await walk(source, 19_990);
    expect(items.map(({ index, key }) => [index, key])).toEqual(
      Array.from({ length: 10 }, (_, i) => [19_990 + i, `i${19_990 + i}`]),
    );
    expect(Math.min(...touched)).toBe(19_990);
    touched.length = 0;
    const picked: string[] = [];
    for await (const page of source.pick([5, 6, 1_100, 15_000, 19_999], signal)) {
      picked.push(...page.map(({ key }) => key));
    }
    expect(picked).toEqual(["i5", "i6", "i1100", "i15000", "i19999"]);
    // Walked from one to a near one, entered anew at a far one.
    expect(touched.filter((index) => index > 100 && index < 1_000).length).toBeGreaterThan(0);
    expect(touched.filter((index) => (index > 3_000 && index < 15_000) || (index > 17_000 && index < 19_999))).toEqual(
      [],
    );
  });

  test("that has become shorter gives what it still has", async () => {
    const source = new IterableSource("s", [{ id: "a" }, { id: "b" }], (item) => (item as { id: string }).id);
    const picked: string[] = [];
    for await (const page of source.pick([1, 7, 900], signal)) picked.push(...page.map(({ key }) => key));
    expect(picked).toEqual(["b"]);
  });

  test.each([[null], [7], [{}], [{ from: 3 }]])("cannot be %j, and says what it can be", (given) => {
    expect(() => new IterableSource("s", given as never, () => "k")).toThrow(
      /Map s: its items are .*\{ from \} is expected/,
    );
  });

  test("refuses an item without a usable key, by its position", async () => {
    const source = new IterableSource("s", [{ id: "a" }, {}], (item) => (item as { id: string }).id);
    await expect(walk(source)).rejects.toThrow(/1/);
  });
});

/** The array, noting which of its items were asked for. */
function track<T>(rows: readonly T[], touched: number[]): readonly T[] {
  return new Proxy(rows, {
    get: (target, name, receiver) => {
      if (typeof name === "string" && /^\d+$/.test(name)) touched.push(Number(name));
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}
