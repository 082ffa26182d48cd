/** Sums over a run's items: what is packed, what is one cause, and who may see it. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Json, openWorld, type World } from "../testing/world.fixture.js";
import { causeOf, groupErrors } from "./error-groups.js";
import { CELLS_MAX, ItemCellsCache } from "./item-cells.js";

const RUN = "sums";
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

describe("a run's maps", () => {
  test("say how far they are, what failed and what it cost", async () => {
    const { rows } = await read("/maps");
    expect(rows).toMatchObject([
      { stage: "items", total: 3, done: 3, failed: 1, errors: { refusal: 1 }, costUsd: 0.1 },
    ]);
    expect(rows[0].unpriced).toMatchObject({ calls: 1, tokens: 42 });
  });

  test("are packed two items a byte, in the order of the source", async () => {
    const states: Json = await read("/items/states?stage=items");
    expect(states).toMatchObject({ stage: "items", total: 3, cellCount: 3, perCell: 1 });
    expect([...Buffer.from(states.cells, "base64")]).toEqual([0x32, 0x02]);
    expect(states.counts).toEqual({ kept: 0, done: 2, failed: 1, inFlight: 0 });
    expect(await read("/items/states")).toEqual(states);
    const wrong = await world.json(400, "GET", `/api/runs/${RUN}/items/states?stage=write`, { as: "ann" });
    expect(JSON.stringify(wrong)).toContain("items");
  });

  test("are another owner's as if they did not exist", async () => {
    for (const path of ["maps", "items/states", "items/lanes", "errors"]) {
      expect((await world.ask("GET", `/api/runs/${RUN}/${path}`, { as: "bob" })).statusCode, path).toBe(404);
      expect((await world.ask("GET", `/api/runs/${RUN}/${path}`, { as: "nobody" })).statusCode, path).toBe(401);
      expect((await world.ask("GET", `/api/runs/${RUN}/${path}`)).statusCode, path).toBe(200);
    }
  });
});

describe("the cells of a map", () => {
  const run = { id: "r", status: "running", generation: 1, lease: { since: 100 } } as never;
  const mapOf = (total: number, ok: number) =>
    ({ runId: "r", stage: "s", total, ok, failed: 0, startedAt: 1, finishedAt: null }) as never;
  const row = (index: number, outcome: "ok" | "error", finishedAt: number) => ({ index, outcome, finishedAt });

  test("tell kept from done, and what is under way from what is to come", async () => {
    const rows = [row(0, "ok", 50), row(1, "ok", 150), row(2, "error", 50)];
    const cache = new ItemCellsCache({
      itemStates: async () => ({ rows, inFlight: [{ index: 2 }, { index: 4 }], next: null }),
    } as never);
    const { cells, counts } = await cache.of(run, mapOf(6, 3));
    expect([...Buffer.from(cells, "base64")]).toEqual([0x21, 0x03, 0x04]);
    expect(counts).toEqual({ kept: 1, done: 1, failed: 1, inFlight: 1 });
  });

  test("show the worst of several beyond fifty thousand", async () => {
    const rows = [row(0, "ok", 150), row(1, "error", 150), row(4, "ok", 150)];
    const cache = new ItemCellsCache({ itemStates: async () => ({ rows, inFlight: [], next: null }) } as never);
    const { cells, cellCount, perCell } = await cache.of(run, mapOf(2 * CELLS_MAX, 3));
    expect([perCell, cellCount]).toEqual([2, CELLS_MAX]);
    expect([...Buffer.from(cells, "base64").subarray(0, 2)]).toEqual([0x03, 0x02]);
  });

  test("are read once while the map has not moved", async () => {
    let reads = 0;
    const itemStates = async () => ({ rows: [row(0, "ok", ++reads)], inFlight: [], next: null });
    const cache = new ItemCellsCache({ itemStates } as never);
    await Promise.all([cache.of(run, mapOf(2, 1)), cache.of(run, mapOf(2, 1))]);
    await cache.of(run, mapOf(2, 2));
    expect(reads).toBe(2);
  });
});

describe("causes", () => {
  const failures = (messages: readonly string[]) => ({
    items: async () => ({
      rows: messages.map((message, index) => ({
        key: `k${index}`,
        index,
        outcome: "error",
        category: "server",
        error: { name: "Error", message },
        attempts: 1 + index,
        finishedAt: 10 * index,
      })),
      next: null,
    }),
  });
  const maps = [{ runId: "r", stage: "s" }];

  test("are one where numbers, ids and quoted words alone differ", () => {
    const of = (message: string) => causeOf("s", "server", message);
    expect(of('No answer for "a" within 60 s')).toBe(of('no  answer for "b b" within 7.5 s'));
    expect(of("request 3f2a91bc00ff failed")).toBe(of("request 99e0a1b2c3d4 failed"));
    expect(of("request failed")).not.toBe(of("answer failed"));
    expect(causeOf("s", "server", "x")).not.toBe(causeOf("t", "server", "x"));
  });

  test("are sorted by count, with the span of their times; one alone has its keys", async () => {
    const runs = failures(["no answer within 60 s", "text is empty", "no answer within 61 s"]) as never;
    const { rows, isWhole } = await groupErrors(runs, maps);
    expect(isWhole).toBe(true);
    expect(rows).toMatchObject([
      { count: 2, message: "no answer within 61 s", firstAt: 0, lastAt: 20, attemptsMax: 3, example: "k2" },
      { count: 1, message: "text is empty" },
    ]);
    expect(rows[0]).not.toHaveProperty("keys");
    const only = await groupErrors(runs, maps, rows[0]?.fingerprint);
    expect(only.rows.map(({ keys }) => keys)).toEqual([["k0", "k2"]]);
  });
});
