/** One act on many runs: shown first, done as shown, for those who may, and stopped when told to. */
import { beforeAll, describe, expect, test } from "vitest";
import { gate, type Json, openWorld, type World } from "../testing/world.fixture.js";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});

let made = 0;
async function create(as = "ann", workflow = "leads"): Promise<string> {
  const runId = `bulk-${++made}`;
  const body = workflow === "held" ? { workflow, input: {} } : { workflow: "brief", input: { topic: workflow } };
  await world.json(201, "POST", "/api/runs", { as, body: { ...body, runId } });
  return runId;
}
const plan = (body: Json, as = "ann", status = 200): Promise<Json> =>
  world.json(status, "POST", "/api/bulk", { as, body });
const start = (planId: string, as = "ann", status = 202, more: Json = {}): Promise<Json> =>
  world.json(status, "POST", "/api/bulk/jobs", { as, body: { planId, ...more } });
const job = (id: string, as = "ann", query = ""): Promise<Json> =>
  world.json(200, "GET", `/api/bulk/jobs/${id}${query}`, { as });
/** Follows it as the client does. */
async function end(id: string, as = "ann"): Promise<Json> {
  let now = await job(id, as);
  while (now.state === "running") now = await job(id, as, `?after=${now.revision}`);
  return now;
}
const statusOf = async (runId: string) => (await world.holdfast.runs.summary(runId)).status;

describe("an act on many runs", () => {
  test("says what it would do and leaves alone, changes nothing, then does just that, audited under the caller", async () => {
    const [one, two, over] = [await create("ann", "a"), await create("ann", "a"), await create("ann", "a")];
    const his = await create("bob", "a");
    await world.holdfast.runs.cancel(over);
    const shown = await plan({ action: "pause", query: "field.topic=a" });
    expect(shown).toMatchObject({
      action: "pause",
      matched: 3,
      isWhole: true,
      count: 2,
      byStatus: { queued: 2 },
      skipped: [{ reason: "cancelled: it is over", count: 1, examples: [over] }],
      estimate: null,
    });
    expect(shown.runs.map(({ runId }: Json) => runId)).toEqual([two, one]);
    expect(await statusOf(one)).toBe("queued");
    const answer = await world.ask("POST", "/api/bulk/jobs", {
      as: "ann",
      body: { planId: shown.planId, reason: "for the night" },
    });
    const { jobId } = answer.json();
    expect(answer.headers.location).toBe(`/api/bulk/jobs/${jobId}`);
    expect(await end(jobId)).toMatchObject({ state: "done", total: 2, done: 2, refused: 0, refusals: [], by: "ann" });
    expect(await Promise.all([one, two, over, his].map(statusOf))).toEqual(["paused", "paused", "cancelled", "queued"]);
    const { rows } = await world.json(200, "GET", "/api/audit?action=pause&limit=2");
    const requestId = answer.headers["x-request-id"];
    expect(rows.map(({ runId, actor, reason }: Json) => [runId, actor, reason]).sort()).toEqual(
      [one, two].map((runId) => [runId, { id: "ann", via: "http", requestId }, "for the night"]).sort(),
    );
    // A plan is applied once.
    expect(await start(shown.planId, "ann", 409)).toMatchObject({ code: "PLAN_STALE" });
  });

  test("leaves a run alone that has moved since it was shown, and says so", async () => {
    const [one, two] = [await create("ann", "b"), await create("ann", "b")];
    const { planId } = await plan({ action: "cancel", query: "field.topic=b" });
    await world.holdfast.runs.pause(one);
    const { jobId } = await start(planId);
    expect(await end(jobId)).toMatchObject({
      state: "done",
      done: 1,
      refused: 1,
      refusals: [{ runId: one, message: "it has moved since the preview" }],
    });
    expect([await statusOf(one), await statusOf(two)]).toEqual(["paused", "cancelled"]);
  });

  test("is for one's own runs alone, by filters and by ids; an admin's for all", async () => {
    const [mine, his] = [await create("ann", "c"), await create("bob", "c")];
    const body = { action: "delete", runIds: [mine, his, "run-of-nobody"] };
    const shown = await plan(body);
    expect(shown).toMatchObject({
      count: 1,
      skipped: [{ reason: "not found", count: 2, examples: [his, "run-of-nobody"] }],
    });
    expect((await plan({ action: "delete", query: "owner=bob" })).matched).toBe(0);
    expect((await plan({ action: "delete", query: "owner=bob&field.topic=c" }, "admin")).count).toBe(1);
    // Another's plan and job are as unknown as none.
    expect(await start(shown.planId, "bob", 409)).toMatchObject({ code: "PLAN_STALE" });
    const { jobId } = await start(shown.planId);
    await end(jobId);
    await world.json(404, "GET", `/api/bulk/jobs/${jobId}`, { as: "bob" });
    expect((await job(jobId, "admin")).done).toBe(1);
    await expect(world.holdfast.runs.summary(mine)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    expect(await statusOf(his)).toBe("queued");
    await world.json(403, "POST", "/api/bulk", { as: "vic", body });
  });

  test("resumes and restarts; a resume says what it would call", async () => {
    const [waits, done] = [await create("ann", "d"), await create("ann", "d")];
    await world.holdfast.runs.pause(waits);
    await world.holdfast.runs.cancel(done);
    const resumed = await plan({ action: "resume", runIds: [waits, done] });
    expect([resumed.count, resumed.estimate.runs]).toEqual([2, 2]);
    await end((await start(resumed.planId)).jobId);
    expect([await statusOf(waits), await statusOf(done)]).toEqual(["queued", "queued"]);
    expect((await plan({ action: "resume", runIds: [waits] })).skipped[0].reason).toBe("queued already");
    await world.holdfast.runs.cancel(done);
    const again = await plan({ action: "restart", runIds: [waits, done] });
    expect(again).toMatchObject({ count: 1, skipped: [{ reason: "queued", count: 1 }] });
    await end((await start(again.planId)).jobId);
    expect((await world.holdfast.runs.summary(done)).generation).toBe(2);
  });

  test("a resume takes up just the items that are asked for, and says how many, what they call and what is left alone", async () => {
    const make = async (runId: string) => {
      await world.json(201, "POST", "/api/runs", {
        ...{ as: "ann", body: { workflow: "brief", input: { topic: "retry" }, runId } },
      });
    };
    for (const id of ["retry-1", "retry-2"]) await make(id);
    await world.holdfast.work({ untilIdle: true, workflows: ["brief"] });
    const whole = await create("ann", "retry");
    await world.holdfast.runs.pause(whole);
    const [cause] = (await world.json(200, "GET", "/api/runs/retry-1/errors", { as: "ann" })).rows;
    const of = { action: "resume", runIds: ["retry-1", "retry-2", whole] };
    const shown = await plan({ ...of, only: `cause:${cause.fingerprint}` });
    expect(shown).toMatchObject({
      only: `cause:${cause.fingerprint}`,
      ...{ count: 2, byStatus: { completed: 2 } },
      estimate: { runs: 2, items: 2, calls: 2, maybeCharged: 0 },
      skipped: [{ reason: "no item failed", examples: [whole] }],
    });
    expect((await plan({ ...of, only: "errors:timeout" })).skipped.map(({ reason }: Json) => reason)).toEqual([
      "no item failed with timeout",
      "no item failed",
    ]);
    expect((await plan({ ...of, only: "cause:0123456789abcdef" })).count).toBe(0);
    // Without it, what is completed has nothing to resume.
    expect((await plan(of)).count).toBe(1);
    await end((await start(shown.planId)).jobId);
    expect((await world.holdfast.runs.summary("retry-1")).status).toBe("queued");
    await world.holdfast.work({ untilIdle: true, workflows: ["brief"] });
    const { rows } = await world.json(200, "GET", "/api/runs/retry-1/items", { as: "ann" });
    expect(rows.map(({ key, attempts }: Json) => [key, attempts])).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 1],
    ]);
    for (const body of [
      { action: "pause", runIds: [whole], only: "errors" },
      { ...of, only: "cause:x" },
      { ...of, only: { keys: ["b"] } },
    ])
      await plan(body, "ann", 422);
  });

  test("is stopped between two runs; the caller has one job at a time", async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => create("ann", "e")));
    const first = await plan({ action: "pause", runIds: ids });
    const second = await plan({ action: "cancel", runIds: ids });
    // Held back until the answers below are there: an act of the job waits for the one before it in the store.
    const holdfast = world.context.holdfast;
    let release = () => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const as = holdfast.as.bind(holdfast);
    Object.assign(holdfast, {
      as: (actor: Parameters<typeof as>[0]) => {
        const acting = as(actor);
        const pause = acting.runs.pause;
        return {
          ...acting,
          runs: { ...acting.runs, pause: (...given: Parameters<typeof pause>) => blocked.then(() => pause(...given)) },
        };
      },
    });
    const { jobId } = await start(first.planId);
    expect(await start(second.planId, "ann", 409)).toMatchObject({ code: "MANAGEMENT_BUSY" });
    const stopped = await world.json(200, "DELETE", `/api/bulk/jobs/${jobId}`, { as: "ann" });
    expect(stopped.state).toBe("running");
    release();
    const over = await end(jobId);
    expect([over.state, over.done]).toEqual(["aborted", 4]);
    Object.assign(holdfast, { as });
    const states = await Promise.all(ids.map(statusOf));
    expect(states.filter((state) => state === "paused")).toHaveLength(4);
    expect(await job(jobId)).toMatchObject({ state: "aborted", finishedAt: expect.any(Number) });
  });

  test("refuses what is no act, no filter and no choice of runs", async () => {
    for (const body of [
      { action: "fork", query: "" },
      { action: "pause" },
      { action: "pause", query: "", runIds: ["a"] },
      { action: "pause", query: "status=done" },
      { action: "pause", query: "limit=3" },
      { action: "pause", query: "field.planet=mars" },
      { action: "pause", runIds: [] },
      { action: "pause", runIds: ["../x"] },
    ]) {
      const answer = await world.ask("POST", "/api/bulk", { as: "ann", body });
      // A body of another shape is 422, as everywhere; filters that the list would refuse are refused as the list does.
      expect(answer.statusCode, JSON.stringify(body)).toBe(
        typeof body.query === "string" && body.action === "pause" && !body.runIds ? 400 : 422,
      );
    }
    await world.json(409, "POST", "/api/bulk/jobs", { as: "ann", body: { planId: "bulk-none" } });
    await world.json(404, "GET", "/api/bulk/jobs/none", { as: "ann" });
    await world.json(400, "GET", "/api/bulk/jobs/none?after=x", { as: "ann" });
  });

  test("a run that is running is left alone by a removal, and asked to pause once", async () => {
    const runId = await create("ann", "held");
    const stop = new AbortController();
    const worked = world.holdfast.work({ concurrency: 1, workflows: ["held"], signal: stop.signal });
    while ((await statusOf(runId)) !== "running") await world.holdfast.runs.events(runId);
    expect((await plan({ action: "delete", runIds: [runId] })).skipped[0].reason).toBe(
      "still running: cancel it first",
    );
    const { planId } = await plan({ action: "pause", runIds: [runId] });
    expect(await end((await start(planId)).jobId)).toMatchObject({ done: 1 });
    expect((await plan({ action: "pause", runIds: [runId] })).skipped[0].reason).toBe("asked for already");
    gate.dispatchEvent(new Event("open"));
    stop.abort();
    await worked;
  });
});
