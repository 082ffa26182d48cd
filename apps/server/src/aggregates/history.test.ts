/** What happened to a run as a whole, and where an item stands: bounded, read once, and nobody else's. */
import { beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "../testing/world.fixture.js";
import { ItemPlaces } from "./item-places.js";
import { BUCKETS_MAX, MARKS_MAX, RunHistories } from "./run-history.js";

const RUN = "past";
let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.json(201, "POST", "/api/runs", {
    body: { workflow: "brief", input: { topic: "t" }, runId: RUN },
    as: "ann",
  });
  await world.holdfast.work({ untilIdle: true });
});
const read = (path: string, as = "ann") => world.json(200, "GET", `/api/runs/${RUN}${path}`, { as });

describe("over HTTP", () => {
  test("the history has its marks and the results of each map by time", async () => {
    const { marks, series, head, isWhole } = await read("/history");
    expect(marks).toMatchObject([{ type: "run.claimed", data: { token: 1 } }]);
    expect(series).toMatchObject([{ stage: "items", stepMs: 1_000, items: [3], failed: [1], costUsd: [0.1] }]);
    expect([head > 3, isWhole]).toEqual([true, true]);
  });

  test("a stretch of items has their keys, one alone says why it failed", async () => {
    const all = await read("/items/range?from=0&to=99");
    expect(all).toMatchObject({ stage: "items", done: 2, failed: 1, open: 0, isWhole: true, item: null });
    expect([all.keys.length, all.failedKeys.length]).toEqual([3, 1]);
    const states: number[] = [...Buffer.from((await read("/items/states")).cells, "base64")].flatMap((byte) => [
      byte & 15,
      byte >> 4,
    ]);
    const at = states.indexOf(3);
    const { item, failedKeys } = await read(`/items/range?stage=items&from=${at}&to=${at}`);
    expect(item).toMatchObject({ key: all.failedKeys[0], outcome: "error", category: "refusal", label: null });
    expect(item.message).not.toBe("");
    expect(failedKeys).toEqual(all.failedKeys);
  });

  test("both are another owner's as if they did not exist, and a range needs its ends", async () => {
    for (const path of ["history", "items/range?from=0&to=1"]) {
      expect((await world.ask("GET", `/api/runs/${RUN}/${path}`, { as: "bob" })).statusCode, path).toBe(404);
    }
    for (const wrong of ["", "?from=0", "?from=-1&to=2", "?from=a&to=2", "?from=0&to=1&upto=3"]) {
      expect((await world.ask("GET", `/api/runs/${RUN}/items/range${wrong}`, { as: "ann" })).statusCode, wrong).toBe(
        400,
      );
    }
  });
});

describe("the history of a run", () => {
  const committed = (seq: number, at: number, done: number, more: object = {}) => ({
    seq,
    at,
    type: "map.committed",
    data: { stage: "s", done, failed: 0, total: null, costUsd: done / 10, ...more },
  });
  const reader = (events: readonly { seq: number }[]) => {
    let reads = 0;
    const runs = {
      events: async (_: string, { after = 0, limit = 10 }) => {
        reads++;
        return events.filter(({ seq }) => seq > after).slice(0, limit);
      },
    };
    return { histories: new RunHistories(runs as never), readCount: () => reads };
  };

  test("goes on from where it was read, and never has more buckets than are drawn", async () => {
    const events = [committed(1, 0, 10), committed(2, 900, 15), committed(3, 2_500, 35, { failed: 4 })];
    const { histories, readCount } = reader(events);
    const run = { id: "r", head: 3, createdAt: 1 };
    const first = await histories.of(run);
    expect(first.series).toEqual([
      { stage: "s", fromMs: 0, stepMs: 1_000, items: [15, 0, 20], failed: [0, 0, 4], costUsd: [1.5, 0, 2] },
    ]);
    expect(await histories.of(run)).toEqual(first);
    expect(readCount()).toBe(1);
    events.push(committed(4, 3_600_000, 100));
    const { series } = await histories.of({ ...run, head: 4 });
    expect(series[0]?.items.length).toBeLessThanOrEqual(BUCKETS_MAX);
    expect(series[0]?.stepMs).toBe(16_000);
    expect(series[0]?.items.reduce((sum, items) => sum + items, 0)).toBe(100);
  });

  test("counts a restart anew, and keeps the newest marks", async () => {
    const restarted = { seq: 2, at: 10, type: "run.restarted", data: { generation: 2, by: "ann" } };
    const marks = Array.from({ length: MARKS_MAX + 5 }, (_, at) => ({
      seq: 4 + at,
      at,
      type: "run.resumed",
      data: {},
    }));
    const { histories } = reader([committed(1, 0, 10), restarted, committed(3, 20, 4), ...marks]);
    const found = await histories.of({ id: "r", head: 4 + MARKS_MAX + 4, createdAt: 1 });
    expect(found.series[0]?.items).toEqual([14]);
    expect(found.marks).toHaveLength(MARKS_MAX);
    expect(found.marks.at(-1)?.seq).toBe(4 + MARKS_MAX + 4);
  });

  test("is read once though many ask at once", async () => {
    const { histories, readCount } = reader([committed(1, 0, 10)]);
    const run = { id: "r", head: 1, createdAt: 1 };
    const all = await Promise.all([histories.of(run), histories.of(run), histories.of(run)]);
    expect(all.map(({ series }) => series[0]?.items)).toEqual([[10], [10], [10]]);
    expect(readCount()).toBe(1);
  });
});

test("places of a map that has moved are read anew, and keys come in the order of the source", async () => {
  let states = [
    { key: "b", index: 0, outcome: "ok", finishedAt: 1 },
    { key: "c", index: 2, outcome: "error", finishedAt: 1 },
  ];
  const runs = {
    itemStates: async () => ({ rows: states, inFlight: [], next: null }),
    items: async () => ({ rows: [], next: null }),
  };
  const places = new ItemPlaces(runs as never);
  const run = { generation: 1 } as never;
  const map = (ok: number) => ({ runId: "r", stage: "s", total: 4, ok, failed: 1, startedAt: 1 }) as never;
  expect(await places.rangeOf(run, map(1), 0, 3)).toMatchObject({
    keys: ["b", "c"],
    failedKeys: ["c"],
    done: 1,
    failed: 1,
    open: 2,
  });
  states = [{ key: "a", index: 1, outcome: "ok", finishedAt: 2 }, ...states];
  expect(await places.rangeOf(run, map(2), 0, 3)).toMatchObject({ keys: ["b", "a", "c"], open: 1 });
  expect(await places.rangeOf(run, map(2), 3, 3)).toMatchObject({ keys: [], open: 1, item: null });
});
