/** Rows that moved, over a list that must not move. */
import { describe, expect, test } from "vitest";

import { append, patch, patchPushed, type RunRow, restart } from "./run-list.js";

const run = (id: string, createdAt: number, updatedAt = createdAt, head = 1) =>
  ({ id, createdAt, updatedAt, head }) as unknown as RunRow;
const ids = (rows: readonly RunRow[]) => rows.map(({ id }) => id);

describe("a list of runs", () => {
  const list = { rows: [run("b", 20), run("a", 10)], waiting: [] };

  test("takes what moved in its place, and leaves what did not as it was", () => {
    const next = patch(list, [run("a", 10, 30)], true);
    expect(ids(next.rows)).toEqual(["b", "a"]);
    expect(next.rows[1]?.updatedAt).toBe(30);
    expect(next.rows[0]).toBe(list.rows[0]);
  });

  test("counts what is new while it may not move, and shows it when it may", () => {
    const held = patch(list, [run("c", 30)], false);
    expect([ids(held.rows), ids(held.waiting)]).toEqual([["b", "a"], ["c"]]);
    const again = patch(held, [run("d", 40), run("c", 30, 50)], false);
    expect(ids(again.waiting)).toEqual(["d", "c"]);
    expect(again.waiting[1]?.updatedAt).toBe(50);
    expect(ids(patch(again, [], true).rows)).toEqual(["d", "c", "b", "a"]);
  });

  test("never goes back to what was before, and does not put an old run on top", () => {
    const later = patch(list, [run("b", 20, 40, 9)], true);
    expect(patch(later, [run("b", 20, 30, 8)], true).rows[0]?.head).toBe(9);
    expect(ids(patch(list, [run("old", 1, 99)], true).rows)).toEqual(["b", "a"]);
  });
});

describe("pages of it", () => {
  const list = { rows: [run("c", 30), run("b", 20), run("a", 10)], waiting: [] };

  test("pushed rows bring known ones up to date and keep their inputs; the others are told", () => {
    const known = { ...list, rows: list.rows.map((row) => ({ ...row, input: `of ${row.id}` })) };
    const pushed = [run("b", 20, 50, 4), run("z", 40)];
    const { list: next, unknown } = patchPushed(known, pushed);
    expect(next.rows[1]).toMatchObject({ id: "b", head: 4, input: "of b" });
    expect(ids(next.rows)).toEqual(["c", "b", "a"]);
    expect(unknown.map(({ id }) => id)).toEqual(["z"]);
    expect(patchPushed(next, [run("b", 20, 40, 3)]).list.rows[1]?.head).toBe(4);
  });

  test("a further page adds what is not there", () => {
    expect(ids(append(list, [run("a", 10), run("old", 5)]).rows)).toEqual(["c", "b", "a", "old"]);
  });

  test("read anew it is the first page alone, and never brings back an older state", () => {
    const later = patch(list, [run("b", 20, 90, 9)], true);
    const next = restart(later, [run("d", 40), run("b", 20, 50, 5)]);
    expect(ids(next.rows)).toEqual(["d", "b"]);
    expect(next.rows[1]?.head).toBe(9);
  });
});
