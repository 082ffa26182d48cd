/** What the timeline is made of besides attempts: waits, marks, groups, lanes, and the part of the axis that is shown. */
import { describe, expect, test } from "vitest";
import type { Run } from "../api/types.js";
import { type Lane, timelineOf } from "./timeline.js";
import { marksOf, placeMarks } from "./timeline-marks.js";
import { packLanes, rowsOf } from "./timeline-rows.js";
import { drawn, isWhole, pan, show, through, ticksShown, WHOLE, zoom } from "./timeline-view.js";
import { restsOf } from "./timeline-waits.js";

const mark = (type: string, at: number, data: object = {}) => ({
  seq: at,
  at,
  type,
  data: data as Record<string, unknown>,
});
const attempt = (n: number, from: number, to: number | null, status: string) => ({
  attempt: n,
  generation: 1,
  status,
  label: null,
  startedAt: from,
  finishedAt: to,
  error: null,
});
const stage = (name: string, status: string, attempts: readonly object[] = []) => ({
  name,
  title: name,
  label: null,
  status,
  attempts,
});
const run = (fields: object) =>
  ({
    createdAt: 0,
    finishedAt: null,
    generation: 1,
    status: "running",
    lease: null,
    progress: { etaMs: null },
    stages: [],
    ...fields,
  }) as unknown as Run;

describe("waits", () => {
  const broken = run({
    stages: [
      stage("a", "running", [
        attempt(1, 0, 100, "failed"),
        attempt(2, 400, 500, "interrupted"),
        attempt(3, 900, null, "running"),
      ]),
      stage("b", "pending", [attempt(1, 0, 100, "failed")]),
    ],
  });
  const kinds = (marks: Parameters<typeof restsOf>[0]) =>
    timelineOf(broken, { nowMs: 1_000, maps: new Set(), rests: restsOf(marks) }).lanes.map(({ segments }) =>
      segments
        .filter(({ attempt: n }) => n === 0)
        .map(({ kind, why, startedAt, endedAt }) => [kind, why, startedAt, endedAt]),
    );

  test("stand between attempts, with what was waited for; one that lasts goes on until now", () => {
    expect(kinds([mark("run.paused", 500, { reason: "outage", wakeAt: 800 }), mark("run.claimed", 880)])).toEqual([
      [
        ["wait", "waits before the next attempt", 100, 400],
        ["wait", "waits for the provider, which does not answer", 500, 880],
      ],
      [
        ["wait", "waits before the next attempt", 100, 500],
        ["wait", "waits for the provider, which does not answer", 500, 880],
        ["wait", "waits before the next attempt", 880, 1_000],
      ],
    ]);
  });

  test("of a person have a kind of their own, and a death is waited out until a worker comes", () => {
    expect(kinds([mark("run.paused", 500, { reason: "lunch" }), mark("run.claimed", 900)])[0]?.[1]).toEqual([
      "rest",
      "paused: lunch",
      500,
      900,
    ]);
    expect(kinds([mark("run.recovered", 700, { action: "resume" }), mark("run.claimed", 900)])[0]?.slice(1)).toEqual([
      ["wait", "waits until it is taken up again", 500, 700],
      ["wait", "waits for a worker", 700, 900],
    ]);
  });
});

describe("marks", () => {
  const marks = marksOf([
    mark("run.claimed", 1, { holder: "vm-1" }),
    mark("run.recovered", 50, { action: "resume", reason: "the holder died" }),
    mark("run.claimed", 60, { holder: "vm-2" }),
    mark("drift.accepted", 90, { drift: [{ what: "code" }, { what: "code" }], by: "ana" }),
  ]);

  test("tell deaths, recoveries and changes, not the first claim", () => {
    expect(marks.map(({ tone, words }) => [tone, words])).toEqual([
      ["fail", "the holder died"],
      ["ok", "recovered, taken up by vm-2"],
      ["", "code changed, accepted by ana"],
    ]);
  });

  test("have words where they fit, never over each other, and none outside of what is shown", () => {
    const wide = placeMarks(marks, (at) => at / 100, 3_000);
    expect(wide.map(({ isShort }) => isShort)).toEqual([false, false, false]);
    const narrow = placeMarks(marks, (at) => at / 100, 500);
    expect(narrow.map(({ isShort, isLeft }) => [isShort, isLeft])).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ]);
    expect(placeMarks(marks, (at) => at / 100 - 0.55, 3_000)).toHaveLength(2);
  });
});

describe("rows", () => {
  const lane = (name: string, status = "completed", kind = "done") =>
    ({ stage: stage(name, status), segments: [{ kind }], tookMs: 1 }) as unknown as Lane;
  const options = { open: new Set<string>(), isHidingDone: false, isErrorsOnly: false };
  const lanes = [
    lane("read"),
    ...[1, 2, 3, 4, 5].map((n) => lane(`year-200${n}`, n === 5 ? "running" : "completed")),
    lane("write", "failed", "bad"),
  ];
  const words = (rows: ReturnType<typeof rowsOf>) =>
    rows.map((row) => (row.kind === "group" ? row.name : row.lane.stage.name));

  test("of one kind are a group, folded until it is opened; few of a kind stand alone", () => {
    expect(words(rowsOf(lanes, options))).toEqual(["read", "year-*", "write"]);
    expect(words(rowsOf(lanes, { ...options, open: new Set(["year-*"]) }))).toHaveLength(8);
    expect(words(rowsOf([lane("a-1"), lane("a-2"), lane("b")], options))).toEqual(["a-1", "a-2", "b"]);
  });

  test("that are done can be hidden, and only those that failed be shown", () => {
    expect(words(rowsOf(lanes, { ...options, isHidingDone: true }))).toEqual(["year-2005", "write"]);
    expect(words(rowsOf(lanes, { ...options, isErrorsOnly: true }))).toEqual(["write"]);
  });

  test("what ran at the same time never shares a lane", () => {
    const spans = [
      { startedAt: 0, endedAt: 10 },
      { startedAt: 5, endedAt: 15 },
      { startedAt: 10, endedAt: 20 },
      { startedAt: 12, endedAt: 13 },
    ];
    expect(packLanes(spans).map((packed) => packed.map(({ startedAt }) => startedAt))).toEqual([[0, 10], [5], [12]]);
  });
});

describe("the part that is shown", () => {
  test("zooms around a point, stays within the run, and is narrow at most by a two-hundredth", () => {
    const half = zoom(WHOLE, 0.5, 0);
    expect(half).toEqual({ from: 0, to: 0.5 });
    expect(zoom(half, 4)).toEqual(WHOLE);
    expect(isWhole(zoom(half, 4))).toBe(true);
    expect(pan(half, 5)).toEqual({ from: 0.5, to: 1 });
    const { from, to } = zoom({ from: 0.5, to: 0.501 }, 0.01);
    expect(to - from).toBeCloseTo(1 / 200);
  });

  test("is what was drawn, or the whole after a click; an attempt that is stepped to comes into sight", () => {
    expect(drawn(0.7, 0.2)).toEqual({ from: 0.2, to: 0.7 });
    expect(drawn(0.4, 0.4)).toEqual(WHOLE);
    const view = { from: 0, to: 0.2 };
    expect(show(view, 0.05, 0.1)).toBe(view);
    const moved = show(view, 0.5, 0.6);
    expect(moved.from).toBeLessThan(0.5);
    expect(moved.to).toBeGreaterThan(0.6);
    expect(through(moved)(moved.from)).toBe(0);
  });

  test("names the times that have room: none beside now, none over each other, none outside", () => {
    const ticks = [0, 0.1, 0.2, 0.3, 0.4, 0.9].map((x, at) => ({ at, x }));
    const shownAt = (nowX: number | null, widthPx: number) =>
      ticksShown(ticks, (x) => x * 2, nowX, widthPx).map(({ at }) => at);
    expect(shownAt(null, 1_000)).toEqual([0, 1, 2, 3, 4]);
    expect(shownAt(0.42, 1_000)).toEqual([0, 1, 3, 4]);
    expect(shownAt(null, 200)).toEqual([0, 2, 4]);
  });
});
