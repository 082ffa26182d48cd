import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffRows, type HashedRow } from "./row-diff.js";
import { SeenKeys } from "./seen-keys.js";

async function* inBatches<T>(items: readonly T[], size = 7): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

function diff(stored: ReadonlyMap<string, string>, rows: readonly HashedRow[], withOldKeys = true) {
  return diffRows({
    rows: inBatches(rows),
    lookup: async (keys) => new Map(keys.flatMap((key) => (stored.has(key) ? [[key, stored.get(key) as string]] : []))),
    oldTotal: stored.size,
    ...(withOldKeys ? { oldKeys: () => inBatches([...stored.keys()]) } : {}),
  });
}

describe("comparing rows with stored ones", () => {
  test("counts and names what changed, was added, is missing and stayed", async () => {
    const stored = new Map([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
      ["d", "4"],
    ]);
    const rows = [
      { key: "x", rowSha256: "9" },
      { key: "c", rowSha256: "3" },
      { key: "a", rowSha256: "7" },
    ];
    expect(await diff(stored, rows)).toEqual({
      changed: { count: 1, firstKeys: ["a"] },
      added: { count: 1, firstKeys: ["x"] },
      missing: { count: 2, firstKeys: ["b", "d"] },
      unchanged: { count: 1, firstKeys: ["c"] },
    });
    expect((await diff(stored, rows, false)).missing).toEqual({ count: 2, firstKeys: [] });
  });

  test("names no more than 20 keys of a kind", async () => {
    const stored = new Map(Array.from({ length: 50 }, (_, index) => [`old-${index}`, "1"] as const));
    const rows = Array.from({ length: 60 }, (_, index) => ({ key: `new-${index}`, rowSha256: "1" }));
    const { added, missing } = await diff(stored, rows);
    expect([added.count, added.firstKeys.length, added.firstKeys[19]]).toEqual([60, 20, "new-19"]);
    expect([missing.count, missing.firstKeys.length, missing.firstKeys[19]]).toEqual([50, 20, "old-19"]);
  });

  test("agrees with a plain comparison of two maps", async () => {
    const table = fc.dictionary(fc.constantFrom(..."abcdefghijklmnop"), fc.constantFrom("1", "2"));
    await fc.assert(
      fc.asyncProperty(table, table, async (before, after) => {
        const rows = Object.entries(after).map(([key, rowSha256]) => ({ key, rowSha256 }));
        const found = await diff(new Map(Object.entries(before)), rows);
        const keys = Object.keys(after);
        expect(found.added.firstKeys).toEqual(keys.filter((key) => !(key in before)));
        expect(found.changed.firstKeys).toEqual(keys.filter((key) => key in before && before[key] !== after[key]));
        expect(found.unchanged.firstKeys).toEqual(keys.filter((key) => before[key] === after[key]));
        expect(found.missing.firstKeys).toEqual(Object.keys(before).filter((key) => !(key in after)));
      }),
    );
  });
});

describe("seen keys", () => {
  test("tell the row that had a key first, through every growth of the table", () => {
    const seen = new SeenKeys();
    for (let row = 1; row <= 100_000; row++) expect(seen.add(`key-${row}`, row)).toBe(null);
    for (let row = 1; row <= 100_000; row += 997) expect(seen.add(`key-${row}`, 7)).toBe(row);
    expect(seen.has("key-100000")).toBe(true);
    expect(seen.has("key-100001")).toBe(false);
  });
});
