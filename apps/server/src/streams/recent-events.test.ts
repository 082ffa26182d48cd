/** What is kept of a run's newest events, and which replays come of it. */
import type { EventText } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { RecentEvents } from "./recent-events.js";

/** A page of the events from `first` to `last`. */
function page(first: number, last: number, text = ""): EventText {
  const events = Array.from({ length: last - first + 1 }, (_, i) => ({ seq: first + i, text }));
  return { json: JSON.stringify(events), count: events.length, lastSeq: last, isOfRun: false, isLast: true };
}
function recentOf(pages: readonly (readonly [first: number, last: number])[], keep = 10, text = ""): RecentEvents {
  const recent = new RecentEvents(keep);
  for (const [first, last] of pages) recent.add(first - 1, last, page(first, last, text));
  return recent;
}
const seqs = (recent: RecentEvents, after: number, limit = 200) => recent.after(after, limit)?.map(({ seq }) => seq);

describe("the newest events of a run", () => {
  test("are given after any number that is kept, over pages, up to a limit", () => {
    const recent = recentOf([
      [4, 6],
      [7, 7],
      [8, 12],
    ]);
    expect(seqs(recent, 3)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(seqs(recent, 6)).toEqual([7, 8, 9, 10, 11, 12]);
    expect(seqs(recent, 9)).toEqual([10, 11, 12]);
    expect(seqs(recent, 4, 3)).toEqual([5, 6, 7]);
    expect(seqs(recent, 12)).toEqual([]);
  });

  test("what was before them is not kept, and says so", () => {
    expect(seqs(new RecentEvents(10), 0)).toBeUndefined();
    expect(seqs(recentOf([[4, 6]]), 2)).toBeUndefined();
  });

  test("the oldest page goes once the others have enough, and not before", () => {
    const recent = recentOf([
      [1, 8],
      [9, 12],
      [13, 17],
    ]);
    expect(seqs(recent, 0)).toHaveLength(17);
    recent.add(17, 18, page(18, 18));
    expect(seqs(recent, 0)).toBeUndefined();
    expect(seqs(recent, 8)).toHaveLength(10);
  });

  test("large ones go earlier, but never the newest page", () => {
    const text = "x".repeat(300_000);
    const recent = recentOf(
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ],
      200,
      text,
    );
    expect(seqs(recent, 0)).toBeUndefined();
    expect(seqs(recent, 1)).toEqual([2, 3, 4]);
    recent.add(4, 12, page(5, 12, text));
    expect(seqs(recent, 4)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(seqs(recent, 3)).toBeUndefined();
  });
});
