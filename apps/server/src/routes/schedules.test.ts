/** Schedules over HTTP: seen and changed by their owner and by admins, audited, with their next instants and last ticks. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Json, openWorld, type World } from "../testing/world.fixture.js";

let world: World;
const PUT = { workflow: "brief", cron: "0 6 * * 1-5", timezone: "Europe/Oslo", input: { topic: "tides" } };
const put = (name: string, change: Json = {}, as = "ann", status = 200): Promise<Json> =>
  world.json(status, "PUT", `/api/schedules/${name}`, { as, body: { ...PUT, ...change } });
const act = (name: string, body: Json, as = "ann", status = 200): Promise<Json> =>
  world.json(status, "POST", `/api/schedules/${name}/actions`, { as, body });

beforeAll(async () => {
  world = await openWorld();
});

describe("a schedule", () => {
  test("is put for its caller, shown with its next instants, and found in the list of its owner alone", async () => {
    const view = await put("nightly");
    expect(view).toMatchObject({
      ...{ name: "nightly", owner: "ann", source: "person", state: "active", words: "weekdays at 06:00" },
      ...{ timezone: "Europe/Oslo", overlap: "skip", catchUp: "last", input: { topic: "tides" }, ticks: [] },
    });
    expect(view.next).toHaveLength(5);
    expect(view.nextAt).toBe(view.next[0]);
    expect(await world.json(200, "GET", "/api/schedules/nightly", { as: "ann" })).toEqual(view);
    const namesFor = async (as: string, query = "") =>
      (await world.json(200, "GET", `/api/schedules${query}`, { as })).rows.map(({ name }: Json) => name);
    await put("zulu", {}, "bob");
    expect(await namesFor("ann")).toEqual(["nightly"]);
    expect(await namesFor("bob")).toEqual(["zulu"]);
    expect(await namesFor("admin")).toEqual(["nightly", "zulu"]);
    expect(await namesFor("admin", "?owner=bob")).toEqual(["zulu"]);
    expect(await namesFor("ann", "?owner=bob")).toEqual([]);
    expect(await namesFor("admin", "?state=paused")).toEqual([]);
    const first = await world.json(200, "GET", "/api/schedules?limit=1");
    expect(first).toMatchObject({ rows: [{ name: "nightly" }], next: "nightly" });
    expect(await namesFor("admin", "?limit=1&after=nightly")).toEqual(["zulu"]);
  });

  test("of somebody else is answered like one that does not exist, and the attempt is in the audit", async () => {
    await put("hers");
    for (const name of ["hers", "none"]) {
      const answer = await world.json(404, "GET", `/api/schedules/${name}`, { as: "bob" });
      expect(answer).toMatchObject({ code: "SCHEDULE_NOT_FOUND", detail: `There is no schedule ${name}.` });
      await act(name, { action: "pause" }, "bob", 404);
    }
    expect(await put("hers", {}, "bob", 409)).toMatchObject({ code: "SCHEDULE_REFUSED" });
    const { rows } = await world.json(200, "GET", "/api/audit?action=denied");
    expect(rows[0]).toMatchObject({ actor: { id: "bob" }, reason: expect.stringContaining("hers") });
    expect(await put("his", { owner: "bob" }, "ann", 403)).toMatchObject({ code: "FORBIDDEN" });
    expect(await put("his", { owner: "bob" }, "admin")).toMatchObject({ owner: "bob" });
    await put("viewed", {}, "vic", 403);
  });

  test("is paused, triggered, back-filled, resumed and deleted, each with its reason in the audit", async () => {
    await put("acted", { cron: "0 * * * *", timezone: undefined });
    const paused = await act("acted", { action: "pause", reason: "the API is down" });
    expect(paused.schedule).toMatchObject({
      state: "paused",
      reason: "the API is down",
      changedBy: "ann",
      nextAt: null,
    });
    expect(paused.schedule.next).toHaveLength(5);
    const triggered = await act("acted", { action: "trigger" });
    expect(triggered.trigger).toMatchObject({ outcome: "started", runId: expect.stringMatching(/^acted~20/) });
    const run = await world.json(200, "GET", `/api/runs/${triggered.trigger.runId}`, { as: "ann" });
    expect(run).toMatchObject({ owner: "ann", status: "queued", input: { topic: "tides" } });
    expect(triggered.schedule.ticks).toMatchObject([{ kind: "trigger", outcome: "started", status: "queued" }]);
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const bounds = { action: "backfill", from: hour - 2 * 3_600_000, to: hour };
    const preview = await act("acted", { ...bounds, checkOnly: true });
    expect(preview.backfill).toMatchObject({ isCheckOnly: true, ran: [], done: [], order: "one after the other" });
    expect(preview.backfill.starts).toHaveLength(3);
    const filled = await act("acted", bounds);
    expect(filled.backfill.done.map(({ outcome }: Json) => outcome)).toEqual(["pending", "pending", "pending"]);
    expect(await act("acted", { ...bounds, to: hour + 1e9 }, "ann", 422)).toMatchObject({ code: "SCHEDULE_INVALID" });
    expect((await act("acted", { action: "resume" })).schedule).toMatchObject({ state: "active", pendingCount: 3 });
    expect((await act("acted", { action: "delete" })).schedule).toMatchObject({ state: "deleted", pendingCount: 0 });
    expect(await act("acted", { action: "trigger" }, "ann", 409)).toMatchObject({ code: "SCHEDULE_REFUSED" });
    const { rows } = await world.json(200, "GET", "/api/audit?actor=ann&limit=6");
    expect(rows.map(({ action }: Json) => action)).toEqual([
      ...["scheduleDelete", "scheduleResume", "scheduleBackfill", "scheduleTrigger", "schedulePause", "schedulePut"],
    ]);
    expect(rows[4]).toMatchObject({ actor: { id: "ann", via: "http" }, reason: "schedule acted: the API is down" });
  });

  test("that cannot be meant is refused with a code, and nothing is written", async () => {
    const before = await world.json(200, "GET", "/api/schedules");
    expect(await put("bad", { cron: "0 0 30 2 *" }, "ann", 422)).toMatchObject({ code: "SCHEDULE_INVALID" });
    expect(await put("bad", { everyMs: 5_000 }, "ann", 422)).toMatchObject({ code: "SCHEDULE_INVALID" });
    expect(await put("bad", { workflow: "none" }, "ann", 404)).toMatchObject({ code: "UNKNOWN_WORKFLOW" });
    expect(await put("bad", { input: { topic: 7 } }, "ann", 422)).toMatchObject({
      code: "BAD_INPUT",
      errors: [{ pointer: "/input/topic" }],
    });
    expect(await put("bad", { overlap: "never" }, "ann", 422)).toMatchObject({ errors: [{ pointer: "/overlap" }] });
    expect(await put("bad", { crom: "* * * * *" }, "ann", 422)).toMatchObject({ code: expect.any(String) });
    expect(await act("nightly", { action: "stop" }, "ann", 422)).toMatchObject({ code: expect.any(String) });
    await put("a~b", {}, "ann", 400);
    expect(await world.json(200, "GET", "/api/schedules")).toEqual(before);
  });
});
