/** Facets and costs of lists over HTTP: each sees their own runs counted, in the words of the list. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Json, openWorld, type World } from "../testing/world.fixture.js";

describe("facets", () => {
  let world: World;
  const read = (query = "", as = "ann"): Promise<Json> => world.json(200, "GET", `/api/facets${query}`, { as });
  const counts = (facets: Json) => Object.fromEntries(facets.map(({ value, count }: Json) => [value, count]));
  beforeAll(async () => {
    world = await openWorld();
    for (const [runId, as, topic] of [
      ["one", "ann", "tides"],
      ["two", "ann", "ebb"],
      ["his", "bob", "tides"],
    ] as const) {
      await world.json(201, "POST", "/api/runs", { as, body: { workflow: "brief", input: { topic }, runId } });
    }
    await world.holdfast.work({ untilIdle: true });
    await world.json(201, "POST", "/api/runs", { as: "ann", body: { workflow: "held", input: {}, runId: "waits" } });
  });

  test("count a user's own runs, and everybody's for an admin, who alone is told of owners", async () => {
    const mine = await read();
    expect(mine.total).toEqual({ count: 3, isMore: false });
    expect([counts(mine.status), counts(mine.workflow), mine.owner]).toEqual([
      { queued: 1, completed: 2 },
      { brief: 2, held: 1 },
      [],
    ]);
    const all = await read("", "admin");
    expect([all.total.count, counts(all.owner)]).toEqual([4, { ann: 3, bob: 1 }]);
    expect(await read("?owner=bob")).toMatchObject({ total: { count: 0 }, status: [], workflow: [] });
    expect((await read("?owner=bob", "admin")).total.count).toBe(1);
  });

  test("take the filters of the list, and refuse what the list refuses", async () => {
    expect((await read("?field.topic=tides")).total.count).toBe(1);
    expect(counts((await read("?status=completed&notField=topic%3Dtides")).workflow)).toEqual({ brief: 1 });
    expect((await read("?costAbove=0.09&costBelow=0.11")).total.count).toBe(2);
    expect((await read("?costAbove=0.1")).total.count).toBe(0);
    for (const wrong of ["?status=done", "?limit=3", "?costAbove=x", "?costAbove=-1", "?field.planet=mars"]) {
      expect((await world.ask("GET", `/api/facets${wrong}`)).statusCode, wrong).toBe(400);
    }
  });

  test("a row of the list has what its calls cost; null without any", async () => {
    const { rows } = await world.json(200, "GET", "/api/runs", { as: "ann" });
    expect(Object.fromEntries(rows.map(({ id, costUsd }: Json) => [id, costUsd]))).toEqual({
      one: 0.1,
      two: 0.1,
      waits: null,
    });
  });
});
