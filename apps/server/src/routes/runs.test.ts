/** Runs over HTTP: creating once, listing one's own, acting by desired state, acting only on what was seen. */
import { beforeAll, describe, expect, test } from "vitest";
import { gate, type Json, openWorld, type World } from "../testing/world.fixture.js";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});

let made = 0;
const create = async (body: Json = {}, as = "ann"): Promise<string> => {
  const runId = `run-${++made}`;
  await world.json(201, "POST", "/api/runs", {
    as,
    body: { workflow: "brief", input: { topic: "x" }, runId, ...body },
  });
  return body.runId ?? runId;
};
const put = (runId: string, body: Json, status = 200, headers: Record<string, string> = {}) =>
  world.json(status, "PUT", `/api/runs/${runId}`, { as: "ann", body, headers });

describe("creating", () => {
  test("answers 201 with the run, its address and its ETag; the owner is the caller", async () => {
    const answer = await world.ask("POST", "/api/runs", {
      as: "ann",
      body: { workflow: "brief", input: { topic: "tides" } },
    });
    expect(answer.statusCode).toBe(201);
    const run = answer.json();
    expect(run).toMatchObject({
      workflow: "brief",
      status: "queued",
      owner: "ann",
      input: { topic: "tides", words: 100 },
    });
    expect(answer.headers.location).toBe(`/api/runs/${run.id}`);
    expect(answer.headers.etag).toBe(`"${run.revision}"`);
    expect((await world.json(200, "GET", "/api/audit?limit=1")).rows[0]).toMatchObject({
      action: "start",
      runId: run.id,
      actor: { id: "ann", via: "http", requestId: answer.headers["x-request-id"] },
    });
  });

  test("takes when and in which order the run starts, and tags, by which lists and bulk acts find it", async () => {
    const start = { delayMs: 7_200_000, priority: 9, tags: ["nightly", "Team A"] };
    const runId = await create(start);
    const run = await world.json(200, "GET", `/api/runs/${runId}`, { as: "ann" });
    expect(run).toMatchObject({ status: "queued", priority: 9, tags: ["nightly", "Team A"] });
    expect(run.wakeAt - run.createdAt).toBeGreaterThan(7_000_000);
    const ids = async (query: string) =>
      (await world.json(200, "GET", `/api/runs?${query}`, { as: "ann" })).rows.map(({ id }: { id: string }) => id);
    expect(await ids("tag=nightly&tag=team%20a")).toEqual([runId]);
    expect(await ids("tag=weekly")).toEqual([]);
    expect(await ids("notTag=nightly")).not.toContain(runId);
    const bulk = { as: "ann", body: { action: "cancel", query: "tag=nightly" } };
    expect(await world.json(200, "POST", "/api/bulk", bulk)).toMatchObject({ count: 1, runs: [{ runId }] });
    const refused = { workflow: "brief", input: { topic: "x" } };
    for (const [field, value] of [
      ["priority", 10],
      ["delayMs", -1],
      ["delayMs", 4e11],
      ["tags", [" a"]],
      ["tags", Array.from({ length: 21 }, (_, i) => `t${i}`)],
      ["at", "tomorrow"],
    ] as const) {
      const answer = await world.ask("POST", "/api/runs", { as: "ann", body: { ...refused, [field]: value } });
      expect([field, answer.statusCode]).toEqual([field, 422]);
    }
    const both = { ...refused, at: 1_900_000_000_000, delayMs: 5 };
    expect((await world.ask("POST", "/api/runs", { as: "ann", body: both })).statusCode).toBe(400);
  });

  test("with a dedupe key it answers 200 with the active run, and 409 where it is to be refused", async () => {
    const body = (topic: string, dedupe: Json) => ({
      workflow: "brief",
      input: { topic },
      dedupe: { key: "k", ...dedupe },
    });
    const first = await world.json(201, "POST", "/api/runs", { as: "ann", body: body("one", {}) });
    expect(first).toMatchObject({ dedupeKey: "k", holdup: null });
    expect(first.joined).toBeUndefined();
    const joined = await world.json(200, "POST", "/api/runs", { as: "ann", body: body("two", {}) });
    expect(joined).toMatchObject({ id: first.id, joined: { inputDiffers: true } });
    const refused = await world.json(409, "POST", "/api/runs", {
      as: "ann",
      body: body("one", { whenActive: "reject" }),
    });
    expect(refused).toMatchObject({ code: "DUPLICATE_RUN" });
    const next = await world.json(201, "POST", "/api/runs", { as: "ann", body: body("two", { whenActive: "after" }) });
    expect(next.holdup).toEqual({ kind: "run", runId: first.id });
    expect((await world.json(201, "POST", "/api/runs", { as: "bob", body: body("one", {}) })).id).not.toBe(first.id);
  });

  test("repeated with the same key it answers 200 with the same run; with another body 422", async () => {
    const body = { workflow: "brief", input: { words: 7, topic: "once" } };
    const headers = { "idempotency-key": "key-1" };
    const first = await world.json(201, "POST", "/api/runs", { as: "ann", body, headers });
    const again = await world.ask("POST", "/api/runs", {
      as: "ann",
      body: { input: { topic: "once", words: 7 }, workflow: "brief" },
      headers,
    });
    expect([again.statusCode, again.headers["idempotency-replayed"], again.json().id]).toEqual([200, "true", first.id]);
    const other = { ...body, input: { topic: "twice" } };
    expect(await world.json(422, "POST", "/api/runs", { as: "ann", body: other, headers })).toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
      suggestions: expect.arrayContaining([expect.objectContaining({ href: `/api/runs/${first.id}` })]),
    });
    // The key is the caller's: somebody else's is another.
    await world.json(201, "POST", "/api/runs", { as: "bob", body: other, headers });
  });

  test("a repeat is compared with what the key was first used for, whatever the run's input is by now", async () => {
    const body = { workflow: "brief", input: { topic: "first" } };
    const ask = (more: object = {}) => ({
      as: "ann",
      body: { ...body, ...more },
      headers: { "idempotency-key": "key-3" },
    });
    const { id } = await world.json(201, "POST", "/api/runs", ask());
    await world.json(200, "PUT", `/api/runs/${id}`, { as: "ann", body: { action: "cancel" } });
    const set = { topic: "second" };
    await world.json(200, "PUT", `/api/runs/${id}`, { as: "ann", body: { action: "restart", set } });
    expect(await world.json(200, "POST", "/api/runs", ask())).toMatchObject({ id, input: { topic: "second" } });
    for (const more of [{ input: set }, { through: "gather" }, { runId: "another" }]) {
      expect((await world.json(422, "POST", "/api/runs", ask(more))).code).toBe("IDEMPOTENCY_KEY_REUSED");
    }
    expect((await world.ask("GET", "/api/runs/another")).statusCode).toBe(404);
  });

  test("twenty at once with one key make one run", async () => {
    const ask = {
      as: "ann",
      body: { workflow: "brief", input: { topic: "race" } },
      headers: { "idempotency-key": "key-2" },
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.ask("POST", "/api/runs", ask)));
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1);
    expect(answers.filter((answer) => answer.statusCode === 201)).toHaveLength(1);
  });

  test("names every place that does not fit, as pointers into the body", async () => {
    const problem = await world.json(422, "POST", "/api/runs", {
      body: { workflow: "brief", input: { topic: 3, words: "many" } },
    });
    expect(problem.errors.map((one: Json) => one.pointer)).toEqual(["/input/topic", "/input/words"]);
    const typo = await world.json(422, "POST", "/api/runs", { body: { workflow: "brief", inptu: {} } });
    expect(typo.errors).toEqual([{ pointer: "/inptu", detail: "there is no such field" }]);
    const unknown = await world.json(404, "POST", "/api/runs", { body: { workflow: "brif" } });
    expect(unknown.suggestions[0].label).toBe("Did you mean brief?");
  });

  test("for somebody else only an admin may", async () => {
    const body = { workflow: "brief", input: { topic: "x" }, owner: "bob" };
    await world.json(403, "POST", "/api/runs", { as: "ann", body });
    expect(await world.json(201, "POST", "/api/runs", { as: "admin", body })).toMatchObject({ owner: "bob" });
  });

  test("an id that is taken is refused, with the way to the run that has it", async () => {
    const runId = await create();
    const body = { workflow: "brief", input: { topic: "x" }, runId };
    const problem = await world.json(409, "POST", "/api/runs", { as: "ann", body });
    expect(problem).toMatchObject({
      code: "RUN_ID_TAKEN",
      suggestions: [{ kind: "link", href: `/api/runs/${runId}` }, {}],
    });
  });
});

describe("listing", () => {
  test("shows a user their own runs, an admin all, page by page without gaps or repeats", async () => {
    const { ask, json } = await openWorld();
    for (let i = 0; i < 7; i++) {
      const owner = i % 2 === 0 ? "ann" : "bob";
      await json(201, "POST", "/api/runs", {
        as: owner,
        body: { workflow: "brief", input: { topic: `${i}` }, runId: `r${i}` },
      });
    }
    const pages = async (as: string, query: string) => {
      const found: string[] = [];
      for (let cursor = ""; ; ) {
        const page = await json(200, "GET", `/api/runs?limit=2${query}${cursor}`, { as });
        found.push(...page.rows.map((row: Json) => row.id));
        if (page.next === null) return found;
        cursor = `&cursor=${encodeURIComponent(page.next)}`;
      }
    };
    expect(await pages("admin", "")).toEqual(["r6", "r5", "r4", "r3", "r2", "r1", "r0"]);
    expect(await pages("admin", "&owner=bob")).toEqual(["r5", "r3", "r1"]);
    expect(await pages("ann", "")).toEqual(["r6", "r4", "r2", "r0"]);
    expect(await pages("ann", "&owner=bob")).toEqual([]);
    expect(await pages("ann", "&status=paused")).toEqual([]);
    expect(await pages("ann", "&status=paused,queued&idPrefix=r6")).toEqual(["r6"]);
    expect(await pages("admin", `&updatedSince=${Date.now() + 60_000}`)).toEqual([]);
    expect(await pages("admin", "&notOwner=bob&status=queued,paused")).toEqual(["r6", "r4", "r2", "r0"]);
    expect(await pages("admin", "&notOwner=bob&notOwner=ann")).toEqual([]);
    expect(await pages("admin", "&notWorkflow=brief")).toEqual([]);
    expect(await pages("ann", "&notWorkflow=held")).toEqual(["r6", "r4", "r2", "r0"]);
    const { rows } = await json(200, "GET", "/api/runs?idPrefix=r3", { as: "admin" });
    const made = rows[0].createdAt as number;
    expect(await pages("admin", `&createdSince=${made}`)).toContain("r3");
    expect(await pages("admin", `&createdBefore=${made}`)).not.toContain("r3");
    expect(await pages("admin", "&createdBefore=1")).toEqual([]);
    expect((await ask("GET", "/api/runs?notField=planet=mars", { as: "admin" })).statusCode).toBe(400);
    expect((await ask("GET", "/api/runs?staus=paused")).json().errors).toEqual([
      { pointer: "/staus", detail: "there is no such field" },
    ]);
  });
});

describe("acting", () => {
  test("what is so already is answered 200 and changes nothing", async () => {
    const runId = await create();
    const paused = await put(runId, { action: "pause", reason: "lunch" });
    expect(paused).toMatchObject({ status: "paused", reason: "lunch" });
    expect(await put(runId, { action: "pause", reason: "again" })).toMatchObject({
      reason: "lunch",
      head: paused.head,
    });
    const queued = await put(runId, { action: "resume" });
    expect(await put(runId, { action: "resume" })).toMatchObject({ status: "queued", head: queued.head });
    expect(await put(runId, { action: "cancel" })).toMatchObject({ status: "cancelled" });
    expect(await put(runId, { action: "cancel" })).toMatchObject({ status: "cancelled" });
  });

  test("POST to /actions is the same; PATCH is told which methods there are", async () => {
    const runId = await create();
    const body = { action: "fail", reason: "not needed" };
    const failed = await world.json(200, "POST", `/api/runs/${runId}/actions`, { as: "ann", body });
    expect(failed).toMatchObject({ status: "failed", reason: "not needed" });
    const wrong = await world.ask("PATCH", `/api/runs/${runId}`, { body });
    expect([wrong.statusCode, wrong.headers.allow]).toEqual([405, "DELETE, GET, HEAD, PUT"]);
  });

  test("a run at work is asked: 202 with the wish, and it obeys", async () => {
    const runId = await create({ workflow: "held", input: {} });
    const stopped = new AbortController();
    const taken = new Promise<void>((resolve) => {
      void world.holdfast.work({
        workflows: ["held"],
        signal: stopped.signal,
        onRun: (event) => (event.kind === "taken" ? resolve() : undefined),
      });
    });
    await taken;
    const asked = await put(runId, { action: "pause", reason: "enough" }, 202);
    expect(asked).toMatchObject({ status: "running", wish: { kind: "pause", reason: "enough" } });
    // Asked again while it has not obeyed: nothing is added to its history.
    expect(await put(runId, { action: "pause" }, 202)).toMatchObject({ head: asked.head });
    gate.dispatchEvent(new Event("open"));
    const handle = await world.holdfast.handle(runId);
    await expect(handle.result()).rejects.toMatchObject({ code: "RUN_PAUSED" });
    stopped.abort();
    expect(await world.json(200, "GET", `/api/runs/${runId}`)).toMatchObject({ status: "paused", reason: "enough" });
  });

  test("with If-Match only on what was seen; else 412 with the run as it is, and nothing done", async () => {
    const runId = await create();
    const seen = (await world.ask("GET", `/api/runs/${runId}`, { as: "ann" })).headers.etag as string;
    await put(runId, { action: "pause" }, 200, { "if-match": seen });
    const stale = await world.ask("PUT", `/api/runs/${runId}`, {
      as: "ann",
      body: { action: "cancel" },
      headers: { "if-match": seen },
    });
    expect(stale.statusCode).toBe(412);
    const problem = stale.json();
    expect(problem).toMatchObject({ code: "RUN_CHANGED", current: { id: runId, status: "paused" } });
    expect(stale.headers.etag).toBe(`"${problem.current.revision}"`);
    await put(runId, { action: "resume" }, 200, { "if-match": stale.headers.etag as string });
    expect(
      (await world.ask("DELETE", `/api/runs/${runId}`, { as: "ann", headers: { "if-match": seen } })).statusCode,
    ).toBe(412);
    await world.json(400, "PUT", `/api/runs/${runId}`, { body: { action: "pause" }, headers: { "if-match": "1-abc" } });
    await put(runId, { action: "pause" }, 200, { "if-match": "*" });
  });

  test("of two who act on what they saw at once one wins, the other is told", async () => {
    for (let round = 0; round < 10; round++) {
      const runId = await create();
      const etag = (await world.ask("GET", `/api/runs/${runId}`)).headers.etag as string;
      const answers = await Promise.all(
        ["pause", "cancel"].map((action) =>
          world.ask("PUT", `/api/runs/${runId}`, { body: { action }, headers: { "if-match": etag } }),
        ),
      );
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
    }
  });

  test("restart takes changes, fork answers 201 with the new run, each with its owner", async () => {
    const runId = await create({ workflow: "brief", input: { topic: "old" } });
    await put(runId, { action: "cancel" });
    expect(await put(runId, { action: "restart", set: { topic: "new" } })).toMatchObject({
      generation: 2,
      input: { topic: "new" },
    });
    const fork = await world.ask("PUT", `/api/runs/${runId}`, { as: "ann", body: { action: "fork", from: "write" } });
    expect(fork.statusCode).toBe(201);
    expect(fork.json()).toMatchObject({ owner: "ann", forkedFrom: { runId, stage: "write" } });
    expect(fork.headers.location).toBe(`/api/runs/${fork.json().id}`);
    expect(await put(runId, { action: "fork", from: "wirte" }, 400)).toMatchObject({ code: "UNKNOWN_STAGE" });
  });

  test("a resume with a planId applies just that plan", async () => {
    const runId = await create();
    await put(runId, { action: "pause" });
    const { planId } = await world.json(200, "POST", `/api/runs/${runId}/plan`, { body: { only: "missing" } });
    await put(runId, { action: "resume", only: "missing", planId: "another" }, 409);
    expect(await put(runId, { action: "resume", only: "missing", planId })).toMatchObject({ status: "queued" });
  });

  test("what the run's state does not allow is 409 with what could be done", async () => {
    const runId = await create();
    await put(runId, { action: "cancel" });
    const problem = await put(runId, { action: "pause" }, 409);
    expect(problem).toMatchObject({ code: "ILLEGAL_MOVE", details: { status: "cancelled" } });
    expect(problem.suggestions[0]).toMatchObject({ kind: "action", method: "PUT", body: { action: "restart" } });
  });

  test("DELETE removes the run for good", async () => {
    const runId = await create();
    expect((await world.ask("DELETE", `/api/runs/${runId}`, { as: "ann" })).statusCode).toBe(204);
    await world.json(404, "GET", `/api/runs/${runId}`);
    await world.json(404, "DELETE", `/api/runs/${runId}`);
  });
});

describe("the aliases of the qualification API", () => {
  const curl = (body: string) => ({
    as: "ann",
    body,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

  test("take the documents' bodies as plain curl sends them", async () => {
    const created = await world.json(
      201,
      "POST",
      "/api/qualify",
      curl('{"input": {"lead": "acme"}, "runId": "run-123"}'),
    );
    expect(created).toMatchObject({ id: "run-123", workflow: "lead-qualification" });
    await world.json(200, "PUT", "/api/qualify/run-123", curl('{"action": "pause"}'));
    expect(await world.json(200, "PUT", "/api/qualify/run-123", curl('{"action": "resume"}'))).toMatchObject({
      status: "queued",
    });
    const failed = await world.json(
      200,
      "PUT",
      "/api/qualify/run-123",
      curl('{"action": "fail", "reason": "User cancelled"}'),
    );
    expect(failed).toMatchObject({ status: "failed", reason: "User cancelled" });
    expect(await world.json(200, "GET", "/api/qualify/run-123")).toMatchObject({
      health: { stuck: expect.any(Boolean) },
    });
    expect(await world.json(200, "GET", "/api/qualify/run-123/health")).toMatchObject({ runId: "run-123", percent: 0 });
    expect((await world.json(200, "GET", "/api/qualify?limit=1", { as: "ann" })).rows[0].id).toBe("run-123");
    const admin = { ...curl('{"action": "recover"}'), as: "admin" };
    expect(await world.json(200, "POST", "/api/qualify/management", admin)).toMatchObject({
      isCheckOnly: false,
      runs: [],
    });
    const cleanup = { ...curl('{"action": "cleanup", "olderThanDays": 0}'), as: "admin" };
    expect(await world.json(200, "POST", "/api/qualify/management", cleanup)).toMatchObject({
      count: 1,
      byWorkflow: { "lead-qualification": { failed: 1 } },
    });
    await world.json(404, "GET", "/api/qualify/run-123");
  });

  test("runs are found by their search fields: a parameter of its own for each, a user's own alone", async () => {
    const make = async (as: string, topic: string, words: number) => {
      const body = { workflow: "brief", input: { topic, words } };
      return (await world.json(201, "POST", "/api/runs", { as, body })).id as string;
    };
    const [ann, bob] = [await make("ann", "Fjords & lakes", 7), await make("bob", "fjords & lakes", 8)];
    const find = async (query: string, as = "admin") =>
      (await world.json(200, "GET", `/api/runs?${query}`, { as })).rows.map(({ id }: { id: string }) => id);
    const topic = `field.topic=${encodeURIComponent("fjords & LAKES")}`;
    expect(await find(topic)).toEqual([bob, ann]);
    expect(await find(topic, "ann")).toEqual([ann]);
    expect(await find(`${topic}&field.words=8`)).toEqual([bob]);
    expect(await find(`${topic}&field=words%3D7`)).toEqual([ann]);
    expect((await world.json(200, "GET", `/api/runs?${topic}&limit=1`)).rows[0].search).toEqual({
      topic: "fjords & lakes",
      words: 8,
    });
    for (const query of ["field.planet=x", `${topic}&${topic}`, "field.=x", "field=topic", "fields.topic=x"]) {
      const answer = await world.ask("GET", `/api/runs?${query}`);
      expect(`${query} ${answer.statusCode}`).toBe(`${query} 400`);
    }
  });

  test("know no runs of other workflows", async () => {
    const runId = await create();
    await world.json(404, "GET", `/api/qualify/${runId}`);
    await world.json(404, "PUT", `/api/qualify/${runId}`, { body: { action: "pause" } });
    await world.json(404, "DELETE", `/api/qualify/${runId}`);
    const other = { action: "cleanup", olderThanDays: 0, workflow: "brief" };
    await world.json(422, "POST", "/api/qualify/management", { body: other });
  });

  test("elsewhere only application/json is read", async () => {
    const runId = await create();
    await world.json(415, "PUT", `/api/runs/${runId}`, curl('{"action": "pause"}'));
  });
});

describe("resuming a run that a worker holds", () => {
  test("changes nothing while it gets on, and recovers it once its policy calls it stuck", async () => {
    const { holdfast } = world;
    const stopped = new AbortController();
    const working = holdfast.work({ signal: stopped.signal, workflows: ["silent"], supervise: false });
    const runId = await create({ workflow: "silent", input: {} });
    const health = () => world.json(200, "GET", `/api/runs/${runId}/health`, { as: "ann" });
    await expect.poll(async () => (await health()).stuck, { timeout: 60_000 }).toBe(true);
    // Its owner is no admin: what their own run needs, they may ask for.
    await put(runId, { action: "resume" });
    await expect.poll(async () => (await health()).status, { timeout: 60_000 }).toBe("completed");
    const { rows } = await world.json(200, "GET", `/api/audit?runId=${runId}`);
    expect(rows[0]).toMatchObject({ action: "recover", actor: { id: "ann" } });
    stopped.abort();
    await working;
  });
});
