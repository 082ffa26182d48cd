import { expect, test } from "vitest";
import { OpenIntents } from "./open-intents.js";

const intent = (key: string, index = 0, attempt = 1) => ({ key, index, attempt });

test("the mark of intents is the smallest number that is open, or the next one", () => {
  const open = new OpenIntents(5, []);
  expect(open.lowWith({}, [])).toBe(5);
  const [a, b, c] = ["a", "b", "c"].map((key) => open.add(intent(key)));
  expect([a?.n, b?.n, c?.n, open.lowWith({}, [])]).toEqual([5, 6, 7, 5]);
  // In any order, the first of the list as well.
  for (const [closed, low] of [
    [a, 6],
    [c, 6],
    [b, 8],
  ] as const) {
    open.close([closed as never]);
    expect(open.lowWith({}, [])).toBe(low);
  }
  open.close([a as never]);
  expect([open.lowWith({}, []), a?.place]).toEqual([8, -1]);
});

test("what a batch closes is open for every other batch until it is written", () => {
  const open = new OpenIntents(0, []);
  const [a, b] = [open.add(intent("a", 3)), open.add(intent("b", 4))];
  const batch = {};
  a.closedBy = batch;
  expect([open.lowWith(batch, []), open.lowWith({}, []), open.indexOf("a")]).toEqual([1, 0, 3]);
  open.close([a]);
  expect([open.lowWith({}, []), open.indexOf("a"), open.indexOf("b")]).toEqual([b.n, null, 4]);
});

test("intents that are recorded once more get numbers behind all others, which count from when they are written", () => {
  const open = new OpenIntents(0, []);
  const [a, b] = [open.add(intent("a")), open.add(intent("b"))];
  const batch = {};
  b.closedBy = batch;
  const moved = open.renumber(batch);
  expect(moved).toEqual([{ intent: a, n: 2 }]);
  expect([open.lowWith(batch, moved), open.lowWith({}, [])]).toEqual([2, 0]);
});

test("what an earlier execution left is found by its item, all attempts of it", () => {
  const open = new OpenIntents(9, [
    { n: 3, ...intent("a") },
    { n: 7, ...intent("a", 0, 2) },
    { n: 8, ...intent("b", 1) },
  ]);
  expect([open.left("a").map(({ n }) => n), open.left("c")]).toEqual([[3, 7], []]);
  expect(open.lowWith({}, [])).toBe(3);
});
