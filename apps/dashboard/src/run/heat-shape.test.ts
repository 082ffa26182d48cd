/** Where the cells lie, and back. */
import { expect, test } from "vitest";
import { cellAt, placeOf, shapeOf, unpack } from "./heat-shape.js";

test("every cell is found where it is drawn, and nothing between the blocks", () => {
  const shape = shapeOf(12_092, 1_150, false);
  expect([shape.perRow, shape.rows]).toEqual([25, 5]);
  for (const index of [0, 9, 10, 99, 100, 2_499, 2_500, 12_091]) {
    const [x, y] = placeOf(shape, index);
    expect(cellAt(shape, x + 1, y + 1, 12_092)).toBe(index);
  }
  expect(cellAt(shape, 42, 10, 12_092)).toBeNull();
  expect(cellAt(shape, ...placeOf(shape, 12_092), 12_092)).toBeNull();
});

test("narrow screens have ten blocks a row at the most", () => {
  expect(shapeOf(42_000, 320, true)).toMatchObject({ cell: 2, perRow: 10, rows: 42 });
  expect(shapeOf(5, 100, true).perRow).toBeGreaterThan(0);
});

test("states are unpacked two a byte, the first in the low half", () => {
  const packed = btoa(String.fromCharCode(0x21, 0x43, 0x02));
  expect([...unpack(packed, 5)]).toEqual([1, 2, 3, 4, 2]);
});
