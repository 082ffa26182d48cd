/** Causes over all runs: what one run calls a cause is one here too, and nobody sees another's. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Json, openWorld, type World } from "../testing/world.fixture.js";
import { groupFailures } from "./all-errors.js";

const DAY_MS = 86_400_000;
const row = (message: string, change: object = {}) => ({
  runId: "r1" as never,
  workflow: "brief",
  stage: "items",
  category: "timeout",
  message,
  day: 10,
  count: 1,
  firstAt: 10 * DAY_MS,
  lastAt: 10 * DAY_MS,
  key: "k",
  ...change,
});
const asked = { asOf: 12 * DAY_MS, since: 9 * DAY_MS, dayOffsetMs: 0 };

describe("causes over all runs", () => {
  test("are one where messages differ in numbers alone, with the newest message and each day's count", () => {
    const rows = [
      row("no answer in 30 s", { count: 2 }),
      row("no answer in 60 s", { runId: "r2", day: 12, count: 3, firstAt: 12 * DAY_MS, lastAt: 12 * DAY_MS }),
      row("refused"),
    ];
    const { rows: found, firstDay, isWhole } = groupFailures({ rows, isWhole: true }, asked);
    expect([firstDay, isWhole]).toEqual([9, true]);
    expect(found.map(({ message, count, days, runCount }) => [message, count, days, runCount])).toEqual([
      ["no answer in 60 s", 5, [0, 2, 0, 3], 2],
      ["refused", 1, [0, 1, 0, 0], 1],
    ]);
    expect(found[0]?.runs.map(({ runId, count }) => [runId, count])).toEqual([
      ["r1", 2],
      ["r2", 3],
    ]);
  });

  test("are told of 50 runs and counted of all; days are 90 at the most", () => {
    const rows = Array.from({ length: 70 }, (_, i) => row("x", { runId: `r${i}` }));
    const [cause] = groupFailures({ rows, isWhole: true }, { ...asked, since: 0, asOf: 400 * DAY_MS }).rows;
    expect([cause?.runs.length, cause?.runCount, cause?.days.length, cause?.count]).toEqual([50, 70, 90, 70]);
  });
});

describe("over HTTP", () => {
  let world: World;
  const read = (query = "", as = "ann"): Promise<Json> => world.json(200, "GET", `/api/errors${query}`, { as });
  beforeAll(async () => {
    world = await openWorld();
    for (const [runId, as] of [
      ["one", "ann"],
      ["two", "ann"],
      ["his", "bob"],
    ] as const) {
      await world.json(201, "POST", "/api/runs", { as, body: { workflow: "brief", input: { topic: "t" }, runId } });
    }
    await world.holdfast.work({ untilIdle: true });
  });

  test("a user's own runs alone, an admin's all; the fingerprint is the one that a run tells", async () => {
    const [mine] = (await read()).rows;
    expect(mine).toMatchObject({ stage: "items", category: "refusal", count: 2, runCount: 2, workflows: ["brief"] });
    expect(mine.runs.map(({ runId }: Json) => runId)).toEqual(["two", "one"]);
    expect((await read("?owner=bob")).rows).toEqual([]);
    expect((await read("", "admin")).rows[0]).toMatchObject({ count: 3, runCount: 3 });
    expect((await read("?owner=bob", "admin")).rows[0]).toMatchObject({ count: 1 });
    const ofOne = await world.json(200, "GET", `/api/runs/one/errors?fingerprint=${mine.fingerprint}`, { as: "ann" });
    expect(ofOne.rows[0].keys).toEqual(["b"]);
  });

  test("its fingerprint finds the runs in the list and the items of each, and the caller's alone", async () => {
    const [{ fingerprint }] = (await read()).rows;
    const get = (path: string, as = "ann") => world.json(200, "GET", path, { as });
    const ids = async (query: string, as?: string) =>
      (await get(`/api/runs?${query}`, as)).rows.map(({ id }: Json) => id);
    expect(await ids(`cause=${fingerprint}`)).toEqual(["two", "one"]);
    expect(await ids(`cause=${fingerprint}`, "bob")).toEqual(["his"]);
    expect(await ids(`cause=${fingerprint}&status=failed`)).toEqual([]);
    expect(await ids(`notCause=${fingerprint}`)).toEqual([]);
    expect((await get(`/api/facets?cause=${fingerprint}`)).total.count).toBe(2);
    const items = await get(`/api/runs/one/items?cause=${fingerprint}`);
    expect(items.rows.map(({ key, outcome }: Json) => [key, outcome])).toEqual([["b", "error"]]);
    for (const path of ["/api/runs?cause=x", "/api/runs/one/items?cause=x", "/api/facets?notCause=0"])
      await world.json(400, "GET", path, { as: "ann" });
  });

  test("are resolved until they occur again, or ignored for good: by an admin for everybody, by a user for themselves", async () => {
    const [cause] = (await read()).rows;
    const { fingerprint } = cause;
    expect(cause.mark).toBeNull();
    const mark = (state: string, as: string, more: object = {}) =>
      world.json(200, "POST", `/api/errors/${fingerprint}`, { as, body: { state, ...more } });
    const markOf = async (as: string) => (await read("", as)).rows[0].mark;
    await mark("resolved", "ann", { note: "b is mended" });
    expect(await markOf("ann")).toMatchObject({ state: "resolved", by: "ann", note: "b is mended", cameBack: false });
    expect([await markOf("bob"), await markOf("admin")]).toEqual([null, null]);
    const body = { workflow: "brief", input: { topic: "t" }, runId: "three" };
    await world.json(201, "POST", "/api/runs", { as: "ann", body });
    await world.holdfast.work({ untilIdle: true });
    expect(await markOf("ann")).toMatchObject({ state: "resolved", cameBack: true });
    await mark("ignored", "admin");
    // One's own word counts before everybody's.
    expect(await markOf("ann")).toMatchObject({ state: "resolved", by: "ann" });
    expect(await markOf("bob")).toMatchObject({ state: "ignored", by: "admin", cameBack: false });
    await mark("open", "ann");
    expect(await markOf("ann")).toMatchObject({ state: "ignored", by: "admin" });
    await mark("open", "admin");
    expect(await markOf("ann")).toBeNull();
    await world.json(403, "POST", `/api/errors/${fingerprint}`, { as: "vic", body: { state: "ignored" } });
    expect((await world.ask("POST", "/api/errors/none", { body: { state: "ignored" } })).statusCode).toBe(400);
    const { rows } = await world.json(200, "GET", "/api/audit?action=resolveCause");
    expect(rows[0]).toMatchObject({ actor: { id: "ann" }, reason: `cause ${fingerprint}: b is mended` });
    await world.json(204, "DELETE", "/api/runs/three", { as: "ann" });
  });

  test("by workflow, category and time", async () => {
    expect((await read("?category=timeout")).rows).toEqual([]);
    expect((await read("?workflow=held")).rows).toEqual([]);
    expect((await read(`?since=${Date.now() + 60_000}`)).rows).toEqual([]);
    expect((await read("?category=refusal&workflow=brief&since=0&dayOffsetMs=-3600000")).rows).toHaveLength(1);
    for (const wrong of ["?since=x", "?dayOffsetMs=99999999", "?other=1"]) {
      expect((await world.ask("GET", `/api/errors${wrong}`)).statusCode, wrong).toBe(400);
    }
  });
});
