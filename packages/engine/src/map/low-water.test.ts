import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LowWater } from "./low-water.js";

describe("the low-water mark", () => {
  test("moves over what is durable, and over a gap once it is closed", () => {
    const water = new LowWater(2);
    for (const index of [0, 3, 5]) water.markDone(index);
    expect(water.mark.position).toBe(2);
    water.markDone(2);
    expect(water.mark.position).toBe(4);
    water.markDone(4);
    expect(water.mark.position).toBe(6);
  });

  test("of a commit counts its own rows and no others under way", () => {
    const water = new LowWater(0);
    water.markDone(2);
    expect(water.markWith([0, 1]).position).toBe(3);
    // The first commit fails: the second one's mark stays before the hole.
    expect(water.markWith([3, 4]).position).toBe(0);
    expect(water.mark.position).toBe(0);
  });

  test("counts the positions without an item that it has passed", () => {
    const water = new LowWater(0);
    water.markHole(1);
    expect([water.mark.holeCount, water.markWith([0]).holeCount, water.markWith([2]).holeCount]).toEqual([0, 1, 0]);
    water.markDone(0);
    expect(water.mark).toEqual({ position: 2, holeCount: 1 });
    for (const index of [3, 4, 6]) water.markHole(index);
    expect(water.markWith([2])).toEqual({ position: 5, holeCount: 3 });
    water.markDone(2);
    expect(water.mark).toEqual({ position: 5, holeCount: 3 });
    // At the mark itself.
    water.markHole(5);
    expect(water.mark).toEqual({ position: 7, holeCount: 5 });
    // One that the mark has passed is not counted again.
    water.markHole(3);
    expect(water.mark).toEqual({ position: 7, holeCount: 5 });
  });

  test("never passes a position without a durable result, whichever commits fail in whatever order", () => {
    const commits = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 40 }).chain((indexes) =>
      fc.record({
        indexes: fc.constant(indexes),
        sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 40, maxLength: 40 }),
        isWritten: fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(commits, ({ indexes, sizes, isWritten }) => {
        const water = new LowWater(0);
        const durable = new Set<number>();
        let mark = 0;
        for (let at = 0, n = 0; at < indexes.length; at += sizes[n++] as number) {
          const own = indexes.slice(at, at + (sizes[n] as number));
          const said = water.markWith(own);
          if (!isWritten[n]) continue;
          for (const index of own) durable.add(index);
          mark = Math.max(mark, said.position);
          for (let before = 0; before < mark; before++) expect(durable.has(before)).toBe(true);
          for (const index of own) water.markDone(index);
          expect(water.mark.position).toBe(Math.max(said.position, water.mark.position));
        }
      }),
    );
  });
});
