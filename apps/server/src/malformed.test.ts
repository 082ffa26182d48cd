/**
 * A thousand requests that cannot be meant: bodies, ids, headers, queries, methods, made from a seed. Each is answered 4xx
 * with a problem, nothing is written, and nothing piles up.
 */
import { connect } from "node:net";
import { seededRandom } from "@holdfast/core";
import { PROBLEM_TYPE, problem } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { type Ask, type Json, openWorld, type World } from "./testing/world.fixture.js";

const REQUEST_COUNT = 1_000;
const SEED = 20_261_126;

interface Malformed {
  readonly method: string;
  readonly path: string;
  readonly ask: Ask;
}

const WORDS = [
  "",
  " ",
  "null",
  "-1",
  "1e9",
  "NaN",
  "é",
  "💥",
  "a".repeat(300),
  "%00",
  "..",
  "../..",
  "<x>",
  "'; DROP",
  "\\u0000",
  "{}",
  "[]",
];
const BAD_IDS = [
  "..",
  "...",
  ".hidden",
  "-dash",
  "a..b",
  "a/b",
  "a%2Fb",
  "%2e%2e%2fx",
  "a b",
  "é",
  "%F0%9F%92%A5",
  "a".repeat(129),
  "%00",
  "a%0d%0ab",
  "a;b",
  "*",
  "~",
  "%25",
  "__proto__%20",
];
const RUN_PATHS = ["", "/health", "/stages", "/events", "/items", "/artifacts", "/checkpoint", "/recovery", "/plan"];

function makeRequests(seed: number): readonly Malformed[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const word = () => pick(WORDS);
  const value = (depth = 0): Json =>
    pick<() => Json>([
      () => word(),
      () => Math.round(random() * 1e9) - 5e8,
      () => null,
      () => random() < 0.5,
      () => (depth > 3 ? [] : [value(depth + 1), value(depth + 1)]),
      () => (depth > 3 ? {} : { [word()]: value(depth + 1), action: value(depth + 1) }),
    ])();
  const texts = [
    "",
    "{",
    "[1,",
    "undefined",
    "{'a':1}",
    '{"action":"pause"',
    '{"action":pause}',
    "\u0000",
    '{"__proto__":{"a":1}}',
    '{"a":{"constructor":{"prototype":{}}}}',
    "NaN",
    "\ufeff{",
    "<xml/>",
  ];
  const BODIES = [
    ["PUT", "/api/runs/there"],
    ["POST", "/api/runs/there/actions"],
    ["POST", "/api/runs"],
    ["POST", "/api/runs/there/plan"],
    ["POST", "/api/management"],
    ["POST", "/api/qualify"],
    ["PUT", "/api/qualify/there"],
    ["POST", "/api/qualify/management"],
    ["POST", "/session"],
  ] as const;
  const kinds: (() => Malformed)[] = [
    // A body that is no JSON.
    () => {
      const [method, path] = pick(BODIES);
      return { method, path, ask: { body: pick(texts), headers: { "content-type": "application/json" } } };
    },
    // JSON of another shape: always with a field that no body has.
    () => {
      const [method, path] = pick(BODIES);
      const body = random() < 0.3 ? value() : { ...(value() as object), [`x${Math.floor(random() * 1e6)}`]: value() };
      return { method, path, ask: { body: JSON.stringify(body) } };
    },
    // A known action with fields of wrong types.
    () => {
      const action = pick(["pause", "resume", "cancel", "fail", "restart", "fork", "resetRecoveries", "dance", "", 7]);
      const field = pick(["reason", "only", "through", "accept", "planId", "set", "from", "runId", "extra"]);
      return {
        method: "PUT",
        path: "/api/runs/there",
        ask: { body: { action, [field]: pick<Json>([[], 7, { a: [] }, ""]) } },
      };
    },
    () => {
      const action = pick(["recover", "checkTimeouts", "cleanup"]);
      const field = pick(["checkOnly", "planId", "maxRetries", "idleTimeoutMs", "olderThanDays", "statuses", "extra"]);
      return {
        method: "POST",
        path: "/api/management",
        ask: { body: { action, [field]: pick<Json>(["x", [], -1, {}]) } },
      };
    },
    // Ids that are none.
    () => {
      const method = pick(["GET", "PUT", "DELETE"]);
      const path = `/api/runs/${pick(BAD_IDS)}${method === "GET" ? pick(RUN_PATHS) : ""}`;
      return { method, path, ask: method === "PUT" ? { body: { action: "pause" } } : {} };
    },
    // Queries: unknown keys, values out of range, a key twice.
    () => {
      const path = pick([
        "/api/runs",
        "/api/runs/there/events",
        "/api/runs/there/items",
        "/api/audit",
        "/api/management",
        "/api/workflows",
      ]);
      const query = pick([
        `limit=${pick(["0", "-1", "1e3", "99999", "abc", "", "1.5"])}`,
        `x=${encodeURIComponent(word())}`,
        "limit=1&limit=2",
        "limit[]=1",
        "__proto__=1",
        "constructor=1",
      ]);
      return { method: "GET", path: `${path}?${query}`, ask: {} };
    },
    () => ({
      method: "GET",
      path: `/api/runs?${pick(["status=x", "status=Running", "resumable=1", "workflow=..", "owner=%00", "cursor=", "cursor=zzz", "cursor=%7B%7D"])}`,
      ask: {},
    }),
    () => ({
      method: "GET",
      path: `/api/runs/there/events?after=${pick(["-1", "x", "1e9", "99999999999", "0x1"])}`,
      ask: {},
    }),
    // Headers.
    () => ({
      method: "PUT",
      path: "/api/runs/there",
      ask: {
        body: { action: "pause" },
        headers: { "if-match": pick(["1-x", '"', '""', '"a b"', "W/", '"a","', "'x'"]) },
      },
    }),
    () => ({
      method: "POST",
      path: "/api/runs",
      ask: {
        body: { workflow: "brief", input: { topic: "x" } },
        headers: { "idempotency-key": pick(["a b", "a".repeat(256), "é"]) },
      },
    }),
    () => ({
      method: "PUT",
      path: "/api/runs/there",
      ask: {
        body: "action=pause",
        headers: {
          "content-type": pick([
            "text/plain",
            "text/xml",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "x",
            "application/jsonx",
          ]),
        },
      },
    }),
    () => ({
      method: "GET",
      path: "/api/runs",
      ask: {
        headers: {
          host: pick(["evil.example", "127.0.0.1", "127.0.0.1:46800", "", "127.0.0.1:4680@evil.example", "[::1]:1"]),
        },
      },
    }),
    // Addresses and methods.
    () => ({
      method: "GET",
      path: pick([
        "/%zz",
        "/api/%",
        "/api/runs/%E0%A4%A",
        "/api//runs",
        "/api/runs/",
        "/API/RUNS",
        "/api/runs/there/",
        "/api/../etc",
        "/.env",
        "/api/runs/there/artifacts/../../x",
        `/${"a/".repeat(500)}`,
      ]),
      ask: {},
    }),
    () => ({
      method: pick(["PATCH", "OPTIONS", "TRACE", "PROPFIND", "POST"]),
      path: pick(["/api/runs/there", "/api/workflows", "/healthz", "/api/docs", "/metrics"]),
      ask: {},
    }),
    // An input that the workflow's own schema refuses.
    () => ({
      method: "POST",
      path: "/api/runs",
      ask: {
        body: { workflow: "brief", input: pick<Json>([null, 7, [], "x", {}, { topic: value(9) === 0 ? 0 : 7 }]) },
      },
    }),
  ];
  return Array.from({ length: REQUEST_COUNT }, () => pick(kinds)());
}

async function stateOf(world: World): Promise<unknown> {
  const { rows } = await world.holdfast.store.listRuns({ limit: 50 });
  const audit = await world.holdfast.management.audit({ limit: 500 });
  return { runs: rows.map(({ id, head, status }) => ({ id, head, status })), audit: audit.rows.length };
}

test("a thousand malformed requests: each answered 4xx with a problem, nothing written, memory flat", async () => {
  const world = await openWorld();
  await world.json(201, "POST", "/api/runs", { body: { workflow: "brief", input: { topic: "x" }, runId: "there" } });
  const before = await stateOf(world);
  const requests = makeRequests(SEED);
  const seen = new Map<number, number>();
  const send = async ({ method, path, ask }: Malformed) => {
    const label = `${method} ${path} ${JSON.stringify(ask)}`;
    const answer = await world.ask(method, path, ask);
    expect(`${answer.statusCode} ${label}`).toMatch(/^4\d\d /);
    expect(answer.headers["content-type"], label).toBe(PROBLEM_TYPE);
    const document = answer.json();
    expect(problem.safeParse(document).error, label).toBeUndefined();
    expect(document.code, label).not.toBe("UNEXPECTED");
    expect(answer.body, label).not.toMatch(/\bat .*\.(js|ts):\d+|node_modules/);
    seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1);
  };
  for (const request of requests.slice(0, 200)) await send(request);
  const heapBefore = process.memoryUsage().heapUsed;
  for (const request of requests) await send(request);
  const grownBytes = process.memoryUsage().heapUsed - heapBefore;
  expect(await stateOf(world)).toEqual(before);
  // Of every kind some: else the generator makes less than it says.
  expect([...seen.keys()].sort()).toEqual(expect.arrayContaining([400, 403, 404, 405, 415, 422]));
  // Garbage that is not collected yet is some tens of MB; a leak of a request's body or a route each would be more.
  expect(grownBytes).toBeLessThan(150 * 1_048_576);
});

test("a body over 1 MiB is 413 before it is read to its end", async () => {
  const { ask } = await openWorld();
  const answer = await ask("POST", "/api/runs", {
    body: { workflow: "brief", input: { topic: "x".repeat(1_048_576) } },
  });
  expect(answer.statusCode).toBe(413);
  expect(answer.json()).toMatchObject({ code: "REQUEST_TOO_LARGE" });
});

test("JSON that a parser takes and nobody can mean is 422, naming the place, and nothing is made", async () => {
  const { ask, json } = await openWorld();
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const run = (topic: string) => `{"workflow":"brief","input":{"topic":"x","more":${topic}}}`;
  for (const [body, pointer, message] of [
    [run(nested(5_000)), "/input/more/a/a/a", "is nested deeper than 100"],
    [run("[".repeat(200_000) + "]".repeat(200_000)), "/input/more/0/0/0", "is nested deeper than 100"],
    ['{"workflow":"brief","workflow":"held","input":{}}', "/workflow", "stands there twice"],
    [run('[{"k":1},{"k":1,"\\u006b":2}]'), "/input/more/1/k", "stands there twice"],
    [run('{"":1,"b":"a:\\"{[,","":2}'), "/input/more/", "stands there twice"],
  ] as const) {
    const answer = await ask("POST", "/api/runs", { body, headers: { "content-type": "application/json" } });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: "BAD_INPUT", errors: [{ pointer, detail: message }] });
  }
  const fine = run('[{"k":1,"l":{"k":2}},{"k":"\\"k\\":[","l":[]}]');
  await json(201, "POST", "/api/runs", { body: fine, headers: { "content-type": "application/json" } });
  expect((await json(200, "GET", "/api/runs")).rows).toHaveLength(1);
});

test("what is no HTTP is answered with a problem on the socket", async () => {
  const { app } = await openWorld();
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as { port: number };
  for (const [raw, status] of [
    ["GARBAGE\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: 127.0.0.1:4680\r\nContent-Length: -1\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 413],
  ] as const) {
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(raw));
      socket.setEncoding("utf8").on("data", (part) => {
        received += part;
      });
      socket.on("end", () => resolve(received));
      socket.on("error", reject);
    });
    expect(text).toContain(`HTTP/1.1 ${status} `);
    expect(text).toContain(`content-type: ${PROBLEM_TYPE}`);
    const told = JSON.parse(text.split("\r\n\r\n")[1] ?? "");
    expect(told).toMatchObject({ status });
    if (status === 413) expect(told.detail).toContain("The request's head is over the limit of 16384 bytes");
  }
});
