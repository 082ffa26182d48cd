/** The whole matrix: every route that there is, against every way of not being allowed. A new route is in it by itself. */
import { PROBLEM_TYPE } from "@holdfast/protocol";
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { fill, HOST, ingestPeople, type Json, openWorld, type World } from "../testing/world.fixture.js";
import { isGranted, PERMISSIONS, permissionFor } from "./permissions.js";
import { Sessions } from "./session.js";

const ISSUER = { issuer: "https://issuer.example", audience: "holdfast" };
const SECRET = "a secret of at least thirty-two bytes, for tests alone";

const RUN = "run-of-ann";
let addresses = 0;
let world: World;
let rsa: GenerateKeyPairResult;
const routes: { readonly method: string; readonly pattern: string }[] = [];

beforeAll(async () => {
  rsa = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(rsa.publicKey)), kid: "one", alg: "RS256" };
  const jwt = [
    { ...ISSUER, algorithm: "HS256", secret: SECRET },
    { ...ISSUER, algorithm: "RS256", jwks: { keys: [jwk] } },
  ] as const;
  world = await openWorld({ settings: { auth: { jwt } } });
  await ingestPeople(world);
  await world.ask("POST", "/api/runs", { as: "ann", body: { workflow: "brief", input: { topic: "x" }, runId: RUN } });
  await world.ask("POST", "/api/qualify", { as: "ann", body: { input: { lead: "x" }, runId: `${RUN}-lead` } });
  const schedule = { workflow: "brief", cron: "0 6 * * *", input: { topic: "x" } };
  await world.ask("PUT", "/api/schedules/people", { as: "ann", body: schedule });
  for (const key of world.routes.keys) {
    const [method = "", pattern = ""] = key.split(" ");
    routes.push({ method, pattern });
  }
});

const runOf = (pattern: string) => (pattern.startsWith("/api/qualify") ? `${RUN}-lead` : RUN);
/** A body that each route would take, so that what is refused is refused for who asks. */
function bodyOf(method: string, pattern: string): unknown {
  if (method === "GET" || method === "DELETE") return undefined;
  if (pattern.endsWith("management")) return { action: "recover", checkOnly: true };
  if (pattern.endsWith("/plan")) return {};
  if (pattern.startsWith("/api/datasets")) return { action: "delete", checkOnly: true };
  if (pattern === "/api/storage") return { action: "compact", checkOnly: true };
  if (pattern.startsWith("/api/errors")) return { state: "ignored" };
  if (pattern === "/api/schedules/:name") return { workflow: "brief", cron: "0 6 * * *", input: { topic: "new" } };
  if (pattern === "/api/bulk") return { action: "pause", query: "status=failed" };
  if (pattern === "/api/bulk/jobs") return { planId: "bulk-none" };
  if (pattern.includes("/signals/")) return {};
  if (pattern.includes("/asks/")) return { value: true };
  if (pattern === "/api/runs") return { workflow: "brief", input: { topic: "new" } };
  if (pattern === "/api/qualify") return { input: { lead: "new" } };
  return { action: "pause" };
}

const jwt = (claims: Json = {}, header: Json = { alg: "HS256" }, key: Json = SECRET) => {
  const token = new SignJWT({ role: "admin", ...claims }).setProtectedHeader(header).setSubject(claims.sub ?? "ann");
  if (claims.iss !== null) token.setIssuer(claims.iss ?? ISSUER.issuer);
  if (claims.aud !== null) token.setAudience(claims.aud ?? ISSUER.audience);
  if (claims.exp !== null) token.setExpirationTime(claims.exp ?? "5m");
  return token.sign(typeof key === "string" ? new TextEncoder().encode(key) : key);
};
const plain = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const bearer = async (token: string | Promise<string>) => ({ authorization: `Bearer ${await token}` });
const exp = () => Math.floor(Date.now() / 1_000) + 300;

/** What is sent in place of a valid token, and the status that must answer. */
const STRANGERS: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
  "no token": async () => ({}),
  "a garbage token": () => bearer("garbage"),
  "another scheme": async () => ({ authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` }),
  "a token in the wrong place": async () => ({ "x-api-key": world.keys.admin ?? "" }),
  "an API key with another secret": () => bearer(`${world.keys.admin?.slice(0, -4)}AAAA`),
  "an API key of no id": () => bearer(`holdfast_sk_nobody1234_${"A".repeat(43)}`),
  "an expired JWT": () => bearer(jwt({ exp: Math.floor(Date.now() / 1_000) - 120 })),
  "a JWT that never expires": () => bearer(jwt({ exp: null })),
  "a JWT not valid yet": () => bearer(jwt({ nbf: exp() })),
  "a JWT of another issuer": () => bearer(jwt({ iss: "https://evil.example" })),
  "a JWT for another audience": () => bearer(jwt({ aud: "another" })),
  "a JWT of no issuer": () => bearer(jwt({ iss: null })),
  "a JWT for no audience": () => bearer(jwt({ aud: null })),
  "a JWT signed with another secret": () => bearer(jwt({}, { alg: "HS256" }, `${SECRET}!`)),
  "a JWT of another algorithm": () => bearer(jwt({}, { alg: "HS512" })),
  "a JWT of algorithm none": () =>
    bearer(
      `${plain({ alg: "none" })}.${plain({ ...{ iss: ISSUER.issuer, aud: ISSUER.audience }, sub: "ann", role: "admin", exp: exp() })}.`,
    ),
  "a JWT that uses the public key as a secret": async () =>
    bearer(jwt({}, { alg: "HS256", kid: "one" }, JSON.stringify(await exportJWK(rsa.publicKey)))),
  "a JWT of a role that is none": () => bearer(jwt({ role: "root" })),
  "a forged cookie": async () => ({
    cookie: `${Sessions.cookieName(4680)}=${plain({ id: "admin", role: "admin", kind: "token", ref: "", exp: 9e15 })}.AAAA`,
  }),
  "the cookie of another port": async () => ({ cookie: `${Sessions.cookieName(4681)}=x.y` }),
};

const sessionOf = (user: string) => async () => {
  const answer = await world.ask("POST", "/session", { as: "nobody", body: { token: world.keys[user] } });
  return { cookie: String(answer.headers["set-cookie"]).split(";")[0] ?? "" };
};

async function expectProblem(
  label: string,
  answer: { statusCode: number; body: string; headers: Json },
  status: number,
) {
  expect(`${label} ${answer.statusCode}`).toBe(`${label} ${status}`);
  expect(answer.headers["content-type"], label).toBe(PROBLEM_TYPE);
  const problem = JSON.parse(answer.body);
  expect(problem, label).toMatchObject({ status, retryable: expect.any(Boolean), suggestions: expect.any(Array) });
  expect(answer.body, label).not.toMatch(/\bat .*\.(js|ts):\d+/);
}

const guarded = () => routes.filter(({ method, pattern }) => permissionFor(method, pattern) !== "public");
const writes = () => guarded().filter(({ method }) => method !== "GET");

/** What the world looks like from inside; a refused request changes none of it. */
async function stateOf() {
  const runs = (await world.holdfast.store.listRuns({ limit: 50 })).rows;
  return runs.map(({ id, status, head, generation }) => ({ id, status, head, generation }));
}

describe("the table of permissions", () => {
  test("has a row for every route, and no row of a route that is gone", () => {
    expect(Object.keys(PERMISSIONS).sort()).toEqual(world.routes.keys);
  });

  test("a route without a row answers 403, also to an admin", async () => {
    const { ask } = await openWorld({
      addRoutes: (app) => {
        app.get("/api/forgotten", async () => "secret");
        app.post("/healthz/anything/health", async () => "secret");
      },
    });
    await expectProblem("GET", await ask("GET", "/api/forgotten"), 403);
    await expectProblem("POST", await ask("POST", "/healthz/anything/health"), 403);
    await expectProblem("nobody", await ask("POST", "/healthz/anything/health", { as: "nobody" }), 401);
  });
});

describe("every route", () => {
  test.each(Object.keys(STRANGERS))("is closed to %s", async (name) => {
    const before = await stateOf();
    const headers = await STRANGERS[name]?.();
    for (const { method, pattern } of guarded()) {
      // More wrong tokens than one address may try would be answered 429, which proves nothing about this one.
      const path = fill(pattern, runOf(pattern));
      const body = bodyOf(method, pattern);
      const answer = await world.app.inject({
        method: method as "GET",
        url: path,
        remoteAddress: `10.0.${addresses >> 8}.${addresses++ & 255}`,
        headers: {
          host: HOST,
          "x-holdfast-request": "1",
          ...(body ? { "content-type": "application/json" } : {}),
          ...headers,
        },
        ...(body ? { payload: JSON.stringify(body) } : {}),
      });
      await expectProblem(`${method} ${pattern}`, answer, 401);
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
    }
    expect(await stateOf()).toEqual(before);
  });

  test.each([
    ["a foreign Host", { host: "evil.example" }],
    ["a Host of another port", { host: "127.0.0.1:4681" }],
    ["a Host that begins like ours", { host: "127.0.0.1:4680.evil.example" }],
    ["a foreign Origin", { origin: "https://evil.example" }],
    ["an Origin of another port", { origin: "http://127.0.0.1:3000" }],
    ["the Origin null", { origin: "null" }],
    ["an Origin that ends like ours", { origin: "https://evil.example/127.0.0.1:4680" }],
    ["a page of another site", { "sec-fetch-site": "cross-site" }],
    ["a page of another port", { "sec-fetch-site": "same-site" }],
  ])("is closed to an admin with %s, the public ones too", async (_, headers) => {
    const before = await stateOf();
    for (const { method, pattern } of routes) {
      const answer = await world.ask(method, fill(pattern, runOf(pattern)), {
        body: pattern === "/session" && method === "POST" ? { token: world.keys.admin } : bodyOf(method, pattern),
        headers: headers as Record<string, string>,
      });
      await expectProblem(`${method} ${pattern}`, answer, 403);
    }
    expect(await stateOf()).toEqual(before);
  });

  test("is closed to a role that it is not for", async () => {
    const before = await stateOf();
    let refused = 0;
    for (const [user, role] of [
      ["vic", "viewer"],
      ["bob", "operator"],
    ] as const) {
      for (const { method, pattern } of guarded()) {
        const permission = permissionFor(method, pattern);
        if (permission === null || isGranted(permission, role)) continue;
        const answer = await world.ask(method, fill(pattern, runOf(pattern)), {
          as: user,
          body: bodyOf(method, pattern),
        });
        await expectProblem(`${user} ${method} ${pattern}`, answer, 403);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
    expect(await stateOf()).toEqual(before);
  });

  test("answers 404 for another user's run, exactly as for one that does not exist", async () => {
    const before = await stateOf();
    const ofRuns = guarded().filter(({ pattern }) => pattern.includes(":runId"));
    expect(ofRuns.length).toBeGreaterThan(15);
    for (const { method, pattern } of ofRuns) {
      for (const user of ["bob", "vic"]) {
        const permission = permissionFor(method, pattern);
        if (permission === null || !isGranted(permission, user === "vic" ? "viewer" : "operator")) continue;
        const body = bodyOf(method, pattern);
        const theirs = await world.ask(method, fill(pattern, runOf(pattern)), { as: user, body });
        const none = await world.ask(method, fill(pattern, "run-of-nobody"), { as: user, body });
        await expectProblem(`${user} ${method} ${pattern}`, theirs, 404);
        const told = (answer: typeof theirs) =>
          answer.body.replace(/req-\w+/g, "").replaceAll(runOf(pattern), "run-of-nobody");
        expect(told(theirs)).toBe(told(none));
      }
    }
    expect(await stateOf()).toEqual(before);
  });

  test("is closed to a cookie without our header, and to a form's media type", async () => {
    const before = await stateOf();
    const headers = await sessionOf("admin")();
    for (const { method, pattern } of writes()) {
      const path = fill(pattern, runOf(pattern));
      const body = bodyOf(method, pattern);
      await expectProblem(`${method} ${pattern}`, await world.ask(method, path, { as: "nobody", body, headers }), 403);
      // A file has any media type: the header alone says that it was meant.
      if (body === undefined || pattern === "/api/uploads") continue;
      for (const mediaType of ["text/plain", "application/x-www-form-urlencoded", "application/json-not", ""]) {
        const answer = await world.ask(method, path, {
          as: "nobody",
          body,
          headers: { ...headers, "x-holdfast-request": "1", "content-type": mediaType },
        });
        await expectProblem(`${method} ${pattern} ${mediaType}`, answer, 415);
      }
    }
    expect(await stateOf()).toEqual(before);
  });

  test("is open to the admin: what the matrix refuses is refused for who asks", async () => {
    for (const { method, pattern } of guarded().filter(({ method }) => method !== "DELETE")) {
      const answer = await world.ask(method, fill(pattern, runOf(pattern)), {
        body: bodyOf(method, pattern),
        headers: { "x-filename": "a.json" },
      });
      // The run has no artifact and no map yet, asks nothing and takes no signals, and no act on many was planned.
      const isMissing =
        pattern.endsWith("*") || pattern.startsWith("/api/bulk/jobs") || /\/(asks|signals)\/:name$/.test(pattern);
      expect(
        [200, 201, 202, ...(isMissing ? [404, 409] : pattern.startsWith("/api/compare/") ? [400] : [])],
        `${method} ${pattern}: ${answer.body}`,
      ).toContain(answer.statusCode);
    }
  });
});

describe("who is let in", () => {
  test("JWTs of both issuers, each with its own algorithm; the subject sees their own runs", async () => {
    const rs = await jwt({ role: "viewer" }, { alg: "RS256", kid: "one" }, rsa.privateKey);
    for (const token of [await jwt({ role: "operator" }), rs]) {
      const answer = await world.ask("GET", "/api/runs", {
        as: "nobody",
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.statusCode).toBe(200);
      expect(answer.json().rows.every((row: Json) => row.owner === "ann")).toBe(true);
    }
  });

  test("a JWT without a role is a viewer's; a minute of clock difference is forgiven", async () => {
    const token = await jwt({ role: undefined, exp: Math.floor(Date.now() / 1_000) - 30 });
    const headers = { authorization: `Bearer ${token}` };
    expect((await world.ask("GET", "/session", { as: "nobody", headers })).json()).toMatchObject({
      id: "ann",
      role: "viewer",
    });
    expect(
      (await world.ask("PUT", `/api/runs/${RUN}`, { as: "nobody", headers, body: { action: "pause" } })).statusCode,
    ).toBe(403);
  });

  test("a session reads, and acts with our header; it ends when it is forgotten", async () => {
    const headers = await sessionOf("ann")();
    expect((await world.ask("GET", "/api/runs", { as: "nobody", headers })).statusCode).toBe(200);
    const acted = await world.ask("PUT", `/api/runs/${RUN}`, {
      as: "nobody",
      headers: { ...headers, "x-holdfast-request": "1", origin: `http://${HOST}` },
      body: { action: "pause" },
    });
    expect(acted.statusCode).toBe(200);
    const forgotten = await world.ask("DELETE", "/session", {
      as: "nobody",
      headers: { ...headers, "x-holdfast-request": "1" },
    });
    expect(String(forgotten.headers["set-cookie"])).toContain("Max-Age=0");
  });

  test("the cookie is HttpOnly, SameSite=Lax, named with the port, and says nothing of the key", async () => {
    const answer = await world.ask("POST", "/session", { as: "nobody", body: { token: world.keys.ann } });
    const cookie = String(answer.headers["set-cookie"]);
    expect(cookie).toMatch(/^holdfast_session_4680=\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(Buffer.from(cookie.split("=")[1] ?? "", "base64url").toString()).not.toContain(world.keys.ann?.slice(-20));
  });
});

describe("what was refused", () => {
  test("is audited with who tried, what and on which run", async () => {
    await world.ask("DELETE", `/api/runs/${RUN}`, { as: "bob" });
    await world.ask("PUT", `/api/runs/${RUN}`, { as: "vic", body: { action: "cancel" } });
    const { rows } = await world.ask("GET", "/api/audit?action=denied&limit=2").then((answer) => answer.json());
    expect(rows.map(({ actor, runId, reason }: Json) => [actor.id, runId, reason])).toEqual([
      ["vic", RUN, "PUT /api/runs/:runId: may not act on runs"],
      ["bob", RUN, "DELETE /api/runs/:runId: is another owner's run"],
    ]);
  });
});
