/** What a run recorded, over HTTP: pages, files, streams; and the catalogue beside it. */
import { createHash } from "node:crypto";
import { link, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ingestPeople, type Json, openWorld, type World } from "../testing/world.fixture.js";

const RUN = "recorded";
const FILE = `/api/runs/${RUN}/artifacts/gather/attempt-1/notes/topic.html`;
const TEXT = "<script>tides</script>";
let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.json(201, "POST", "/api/runs", {
    as: "ann",
    body: { workflow: "brief", input: { topic: "tides" }, runId: RUN },
  });
  await world.holdfast.work({ untilIdle: true });
});

const get = (path: string, headers: Record<string, string> = {}) => world.ask("GET", path, { as: "ann", headers });

describe("records", () => {
  test("the run with stages, output, health and progress", async () => {
    expect(await world.json(200, "GET", `/api/runs/${RUN}`, { as: "ann" })).toMatchObject({
      status: "completed",
      output: { text: "tides", words: 100 },
      stages: [{ name: "gather", status: "completed" }, { name: "items" }, { name: "write" }],
      health: { runId: RUN, stuck: false, percent: 100 },
    });
    expect((await world.json(200, "GET", `/api/runs/${RUN}/stages`)).rows).toHaveLength(3);
  });

  test("events page by page, numbered without a gap", async () => {
    const seen: number[] = [];
    for (let after = 0; ; ) {
      const page = await world.json(200, "GET", `/api/runs/${RUN}/events?limit=3&after=${after}`);
      seen.push(...page.rows.map(({ seq }: Json) => seq));
      if (page.rows.length === 0) break;
      after = page.next;
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => i + 1));
    const { rows } = await world.json(200, "GET", `/api/runs/${RUN}/events?type=stage.completed&stage=gather`);
    expect(rows).toHaveLength(1);
  });

  test("items by outcome and category, page by page", async () => {
    const path = `/api/runs/${RUN}/items`;
    const all = await world.json(200, "GET", `${path}?limit=2`);
    expect(all).toMatchObject({
      stage: "items",
      rows: [{ key: "a", outcome: "ok", output: { id: "a" } }, { key: "b" }],
    });
    expect(
      (await world.json(200, "GET", `${path}?limit=2&cursor=${all.next}`)).rows.map((row: Json) => row.key),
    ).toEqual(["c"]);
    const { rows } = await world.json(200, "GET", path);
    expect(rows.map(({ costUsd, unpriced }: Json) => [costUsd, unpriced])).toEqual([
      [null, { calls: 1, tokens: 42 }],
      [0, null],
      [0.1, null],
    ]);
    const failed = await world.json(200, "GET", `${path}?stage=items&outcome=error&category=refusal`);
    expect(failed.rows).toMatchObject([{ key: "b", error: { message: "no b" }, category: "refusal", output: null }]);
    expect((await world.json(200, "GET", `${path}?category=timeout`)).rows).toEqual([]);
  });

  test("checkpoints, options and plan", async () => {
    expect(await world.json(200, "GET", `/api/runs/${RUN}/checkpoint?stage=write`)).toHaveProperty("rows");
    expect(await world.json(200, "GET", `/api/runs/${RUN}/recovery`)).toMatchObject({ restart: { isAllowed: true } });
    const plan = await world.json(200, "POST", `/api/runs/${RUN}/plan`, { body: { only: "errors" } });
    expect(plan).toMatchObject({
      itemCalls: 1,
      costUsd: null,
      redoes: expect.arrayContaining(["items"]),
      planId: expect.any(String),
    });
  });
});

describe("files", () => {
  test("come as downloads that no browser runs, by the hash for ever", async () => {
    const { rows } = await world.json(200, "GET", `/api/runs/${RUN}/artifacts?stage=gather`);
    const [file] = rows;
    expect(file).toMatchObject({ name: "notes/topic.html", sha256: createHash("sha256").update(TEXT).digest("hex") });
    const answer = await get(file.href);
    expect(answer.body).toBe(TEXT);
    expect(answer.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "content-disposition": `attachment; filename="topic.html"; filename*=UTF-8''topic.html`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
      "cache-control": "private, max-age=31536000, immutable",
      etag: `"${file.sha256}"`,
    });
    expect((await get(FILE)).headers["cache-control"]).toBe("private, no-cache");
    expect((await get(FILE, { "if-none-match": `"${file.sha256}"` })).statusCode).toBe(304);
    const head = await world.ask("HEAD", FILE, { as: "ann" });
    expect([head.statusCode, head.headers["content-length"], head.body]).toEqual([200, String(TEXT.length), ""]);
  });

  test("are shown in a frame in a sandbox without scripts and without an origin; the address itself stays a download", async () => {
    const framed = await get(`${FILE}?view=frame`, { "sec-fetch-dest": "iframe" });
    expect([framed.statusCode, framed.body]).toEqual([200, TEXT]);
    expect(framed.headers).toMatchObject({
      "content-type": "text/html",
      "content-disposition": "inline",
      "x-content-type-options": "nosniff",
    });
    const policy = String(framed.headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "sandbox", "form-action 'none'"]));
    expect(policy.filter((one) => /script|allow-|https?:|\*/.test(one))).toEqual([]);
    const opened = await get(`${FILE}?view=frame`, { "sec-fetch-dest": "document" });
    expect(opened.headers["content-disposition"]).toMatch(/^attachment/);
    expect(opened.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect((await get(`${FILE}?view=page`)).statusCode).toBe(400);
  });

  test.each([
    ["bytes=0-3", "<scr", "bytes 0-3/22"],
    ["bytes=17-", "ript>", "bytes 17-21/22"],
    ["bytes=-5", "ript>", "bytes 17-21/22"],
    ["bytes=20-99", "t>", "bytes 20-21/22"],
  ])("a part by range: %s", async (range, text, contentRange) => {
    const answer = await get(FILE, { range });
    expect([answer.statusCode, answer.body, answer.headers["content-range"]]).toEqual([206, text, contentRange]);
  });

  test("a range beyond the end is 416; what is no range of ours is the whole", async () => {
    const beyond = await get(FILE, { range: "bytes=99-" });
    expect([beyond.statusCode, beyond.headers["content-range"]]).toEqual([416, "bytes */22"]);
    for (const range of ["lines=1-2", "bytes=1-2,4-5", "bytes=-"]) expect((await get(FILE, { range })).body).toBe(TEXT);
    expect((await get(FILE, { range: "bytes=0-1", "if-range": '"another"' })).body).toBe(TEXT);
  });

  test.each([
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "gather/attempt-1/../../../../server-token",
    "gather/attempt-1/..%2f..%2f..%2f..%2fserver-token",
    "gather/attempt-1/%2e%2e/%2e%2e/%2e%2e/%2e%2e/server-token",
    "gather/attempt-1/%252e%252e%252fserver-token",
    "gather/attempt-1/..%5c..%5cserver-token",
    "gather/attempt-1/notes%00.html",
    "gather/attempt-1//etc/passwd",
    "gather/attempt-1/",
    "gather/attempt-01x/notes/topic.html",
    "gather/attempt-2/notes/topic.html",
    "gather/attempt-1/notes/topic.html/x",
    "/etc/passwd",
    "gather",
  ])("a way out of the run's folder leads nowhere: %s", async (path) => {
    const answer = await get(`/api/runs/${RUN}/artifacts/${path}`);
    expect([400, 404]).toContain(answer.statusCode);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).not.toMatch(/root:|[\w-]{43}/);
  });

  test("a link in place of the file is not followed, a changed file not sent", async () => {
    const { json, dataDir, ask } = world;
    await json(201, "POST", "/api/runs", {
      as: "ann",
      body: { workflow: "brief", input: { topic: "tides" }, runId: "linked" },
    });
    await world.holdfast.work({ untilIdle: true });
    const path = join(dataDir, "runs", "linked", "stages", "gather", "attempt-1", "notes", "topic.html");
    const address = "/api/runs/linked/artifacts/gather/attempt-1/notes/topic.html";
    const outside = join(dataDir, "outside.html");
    await writeFile(outside, TEXT);
    await rm(path);
    await symlink(outside, path);
    expect((await ask("GET", address)).statusCode).toBe(404);
    await rm(path);
    await writeFile(path, `${TEXT}!`);
    expect((await json(409, "GET", address)).code).toBe("ARTIFACT_CHANGED");
    await rm(path);
    await link(join(dataDir, "runs", RUN, "stages", "gather", "attempt-1", "notes", "topic.html"), path);
    expect((await ask("GET", address)).body).toBe(TEXT);
    await rm(join(dataDir, "runs", "linked"), { recursive: true });
    expect((await ask("GET", address)).statusCode).toBe(404);
  });
});

describe("management", () => {
  test("statistics with the active runs; a user's own", async () => {
    await world.json(201, "POST", "/api/runs", { as: "bob", body: { workflow: "held", input: {}, runId: "waiting" } });
    expect(await world.json(200, "GET", "/api/management")).toMatchObject({
      active: { queued: 1 },
      activeRuns: [{ runId: "waiting" }],
      config: { maxRecoveries: 3 },
    });
    expect(await world.json(200, "GET", "/api/management", { as: "ann" })).toMatchObject({
      active: { queued: 0 },
      activeRuns: [],
      recent: { completed: 2 },
    });
  });

  test("statistics by owner, workflow and window; a user's own alone, another's for an admin", async () => {
    const admin = await world.json(200, "GET", "/api/management?groupBy=workflow,owner&workflow=brief");
    expect(admin.groups).toEqual([expect.objectContaining({ workflow: "brief", owner: "ann", completed: 2 })]);
    expect((await world.json(200, "GET", "/api/management?owner=bob")).recent.completed).toBe(0);
    expect((await world.json(200, "GET", "/api/management?owner=ann&windowMs=1")).recent.completed).toBe(0);
    const own = await world.json(200, "GET", "/api/management?groupBy=owner&owner=ann", { as: "ann" });
    expect(own.groups.map(({ owner }: { owner: string }) => owner)).toEqual(["ann"]);
    const bobs = await world.json(200, "GET", "/api/management?groupBy=owner", { as: "bob" });
    expect(bobs.groups.map(({ owner }: { owner: string }) => owner)).toEqual(["bob"]);
    expect((await world.json(403, "GET", "/api/management?owner=ann", { as: "bob" })).code).toBe("FORBIDDEN");
    for (const query of ["groupBy=status", "groupBy=", "windowMs=0", "windowMs=1e3", "workflow="]) {
      const { status } = await world.json(400, "GET", `/api/management?${query}`).catch(() => ({ status: query }));
      expect(status).toBe(400);
    }
    // The alias has its own workflow's counts and settings.
    const alias = await world.json(200, "GET", "/api/qualify/management?groupBy=workflow");
    expect(alias.recent.completed).toBe(0);
    expect(alias.groups.every(({ workflow }: { workflow: string }) => workflow === "lead-qualification")).toBe(true);
    expect(alias.config).toMatchObject({ idleTimeoutMs: 1_800_000, maxRetries: 2 });
    await world.json(400, "GET", "/api/qualify/management?workflow=brief").catch(() => {});
  });

  test("cleanup first says what it would do; with its planId it does just that", async () => {
    const body = { action: "cleanup", olderThanDays: 0, workflow: "brief" };
    const { planId, count } = await world.json(200, "POST", "/api/management", { body: { ...body, checkOnly: true } });
    expect(count).toBe(2);
    const stale = await world.json(409, "POST", "/api/management", { body: { ...body, planId: `${planId}x` } });
    expect(stale.code).toBe("PLAN_STALE");
    await world.json(200, "GET", `/api/runs/${RUN}`);
    expect(await world.json(200, "POST", "/api/management", { body: { ...body, planId } })).toMatchObject({ count: 2 });
    await world.json(404, "GET", `/api/runs/${RUN}`);
    const { rows } = await world.json(200, "GET", "/api/audit?action=cleanup");
    expect(rows[0]).toMatchObject({ actor: { id: "admin", via: "http" } });
  });

  test("recover and checkTimeouts, checked and done; an unknown action is 422", async () => {
    for (const action of ["recover", "checkTimeouts"]) {
      expect(await world.json(200, "POST", "/api/management", { body: { action, checkOnly: true } })).toMatchObject({
        isCheckOnly: true,
        planId: expect.any(String),
      });
      await world.json(200, "POST", "/api/management", { body: { action } });
    }
    const unknown = await world.json(422, "POST", "/api/management", { body: { action: "dance" } });
    expect(unknown.errors).toEqual([{ pointer: "/action", detail: expect.stringContaining("cleanup") }]);
    await world.json(422, "POST", "/api/management", { body: { action: "cleanup" } });
    const threshold = { action: "recover", stallAfterMs: 1 };
    await world.json(422, "POST", "/api/management", { body: threshold });
  });

  test("the server's own supervisor is started and stopped, twice as well as once, and audited", async () => {
    const state = async () => (await world.json(200, "GET", "/api/management")).serverSupervisor;
    const act = (action: string) => world.json(200, "POST", "/api/management", { body: { action } });
    expect(await state()).toEqual({ isSupervising: false, startedAt: null, lastScanAt: null });
    const [first, second] = await Promise.all([act("startSupervisor"), act("startSupervisor")]);
    expect([first.isSupervising, second.startedAt]).toEqual([true, first.startedAt]);
    expect(await state()).toMatchObject({ isSupervising: true, lastScanAt: expect.any(Number) });
    await act("stopSupervisor");
    expect(await act("stopSupervisor")).toEqual({ isSupervising: false, startedAt: null, lastScanAt: null });
    // What changed nothing is no entry.
    for (const action of ["startSupervisor", "stopSupervisor"]) {
      const { rows } = await world.json(200, "GET", `/api/audit?action=${action}`);
      expect(rows).toMatchObject([{ actor: { id: "admin", via: "http" }, runId: null }]);
    }
    await world.json(403, "POST", "/api/management", { as: "ann", body: { action: "startSupervisor" } });
    await world.json(422, "POST", "/api/qualify/management", { body: { action: "startSupervisor" } });
  });
});

describe("the catalogue", () => {
  test("workflows with the JSON Schema of their input, datasets without the server's paths, workers, who I am", async () => {
    const { rows } = await world.json(200, "GET", "/api/workflows", { as: "vic" });
    expect(rows[0]).toMatchObject({
      name: "brief",
      stages: [{ name: "gather" }, { name: "items" }, { name: "write" }],
      input: { type: "object", properties: { topic: { type: "string" } }, required: ["topic"] },
    });
    expect(await world.json(200, "GET", "/api/datasets", { as: "vic" })).toEqual({ rows: [] });
    await datasetsEnd();
    expect(await world.json(200, "GET", "/api/workers", { as: "ann" })).toHaveProperty("rows");
    expect(await world.json(200, "GET", "/session", { as: "vic" })).toMatchObject({ id: "vic", role: "viewer" });
  });
});

/** Shown, erased and deleted by an admin alone; keys come in the body, and no path of the server goes out. */
async function datasetsEnd(): Promise<void> {
  await ingestPeople(world);
  const act = (status: number, body: object, as = "admin") =>
    world.json(status, "POST", "/api/datasets/people/actions", { as, body });
  const keys = ["anna@example.org"];
  for (const as of ["ann", "vic"]) await act(403, { action: "erase", keys }, as);
  const shown = await act(200, { action: "erase", keys, checkOnly: true });
  expect(shown).toMatchObject({ rows: 1, sourceCount: 1, fileCount: 0, compaction: null });
  expect(JSON.stringify(shown)).not.toContain(world.dataDir);
  expect(await act(200, { action: "erase", keys, reason: "asked for" })).toMatchObject({ rows: 1, isCheckOnly: false });
  await act(422, { action: "erase", keys: [] });
  expect(await act(200, { action: "delete", checkOnly: true })).toMatchObject({ rows: 1, versions: [{ version: 1 }] });
  const deleted = await act(200, { action: "delete" });
  expect(deleted).toMatchObject({ rows: 1, isCheckOnly: false });
  expect(JSON.stringify(deleted)).not.toContain(world.dataDir);
  await act(404, { action: "delete" });
  const { rows } = await world.json(200, "GET", "/api/audit?action=datasetErase");
  expect(rows).toMatchObject([{ reason: expect.stringMatching(/^dataset people, erased-[0-9a-f]{16}: asked for$/) }]);
}
