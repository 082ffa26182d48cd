/** The server on one's own machine: its token, its sessions, its limits. */
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openWorld, tokenOf } from "../testing/world.fixture.js";
import { ApiKeys, newApiKey } from "./api-keys.js";
import type { Authenticator } from "./authenticate.js";
import { readServerToken } from "./server-token.js";

describe("without auth", () => {
  test("the token of the file counts, as the user of the system and an admin; nothing else does", async () => {
    const world = await openWorld({ isLocal: true });
    const token = await tokenOf(world);
    const asLocal = { as: "nobody", headers: { authorization: `Bearer ${token}` } };
    expect(await world.json(200, "GET", "/session", asLocal)).toMatchObject({ id: userInfo().username, role: "admin" });
    expect((await world.ask("GET", "/api/runs", { as: "admin" })).statusCode).toBe(401);
    expect((await world.ask("GET", `/api/runs?token=${token}`, { as: "nobody" })).statusCode).toBe(401);
  });

  test("the file has 32 bytes, is its owner's alone and stays over a restart", async () => {
    const world = await openWorld({ isLocal: true });
    const path = join(world.dataDir, "server-token");
    const token = await tokenOf(world);
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o644);
    expect(await readServerToken(world.dataDir)).toBe(token);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("two servers that start at once take the same token", async () => {
    const { dataDir } = await openWorld({ isLocal: true });
    const folder = join(dataDir, "new");
    const tokens = await Promise.all(Array.from({ length: 8 }, () => readServerToken(folder)));
    expect(new Set(tokens).size).toBe(1);
    expect((await readFile(join(folder, "server-token"), "utf8")).trim()).toBe(tokens[0]);
  });

  test("a file that holds no token is refused by name", async () => {
    const { dataDir } = await openWorld({ isLocal: true });
    await writeFile(join(dataDir, "server-token"), "short\n");
    await expect(readServerToken(dataDir)).rejects.toThrow(/server-token: .*delete the file/);
  });

  test("a session outlives a restart of the server, and ends with a new token", async () => {
    const world = await openWorld({ isLocal: true });
    const token = await tokenOf(world);
    const answer = await world.ask("POST", "/session", { as: "nobody", body: { token } });
    const cookie = String(answer.headers["set-cookie"]).split(";")[0]?.split("=").slice(1).join("=") ?? "";
    const { authenticator } = world.context;
    const find = (of: typeof authenticator) =>
      of.find({ authorization: undefined, cookie: `holdfast_session_4680=${cookie}`, port: 4680 });
    expect(await find(authenticator)).toMatchObject({ role: "admin", isSession: true });
    const other = await openWorld({ isLocal: true });
    expect(await find(other.context.authenticator)).toBeNull();
  });
});

describe("limits", () => {
  test("too many wrong tokens of one address are answered 429, who is known there is heard", async () => {
    const { ask, keys } = await openWorld();
    const wrong = { as: "nobody", headers: { authorization: "Bearer wrong" } };
    for (let i = 0; i < 60; i++) expect((await ask("GET", "/api/runs", wrong)).statusCode).toBe(401);
    const refused = await ask("GET", "/api/runs", wrong);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.json()).toMatchObject({ code: "TOO_MANY_REQUESTS", retryable: true });
    // Many callers may come through one address: who is known is answered.
    expect((await ask("GET", "/api/runs", { as: "ann" })).statusCode).toBe(200);
    const session = { as: "nobody", body: { token: keys.ann } };
    for (let i = 0; i < 61; i++) await ask("POST", "/session", { as: "nobody", body: { token: "wrong" } });
    expect((await ask("POST", "/session", { as: "nobody", body: { token: "wrong" } })).statusCode).toBe(429);
    expect((await ask("POST", "/session", session)).statusCode).toBe(200);
  });

  test("a caller who asks too often is answered 429, the other is not", async () => {
    const { ask } = await openWorld({ settings: { rateLimit: { max: 3, windowMs: 60_000 } } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask("GET", "/api/runs", { as: "ann" })).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await ask("GET", "/api/runs", { as: "bob" })).statusCode).toBe(200);
  });
});

describe("API keys", () => {
  test("a key is found by its hash alone, until it expires", () => {
    const { key, entry } = newApiKey({ name: "ci", user: "ci", role: "operator" });
    expect(key).toMatch(/^holdfast_sk_[a-z0-9]{10}_[\w-]{43}$/);
    expect(JSON.stringify(entry)).not.toContain(key.slice(-43));
    const keys = new ApiKeys([{ ...entry, expiresAt: "2026-01-02T00:00:00Z" }]);
    expect(keys.find(key, Date.parse("2026-01-01T00:00:00Z"))).toMatchObject({ id: "ci", role: "operator" });
    expect(keys.find(key, Date.parse("2026-01-03T00:00:00Z"))).toBeNull();
    expect(keys.find(`${key.slice(0, -1)}!`, 0)).toBeNull();
  });

  test("a session made with a key ends when the key is taken out of the configuration", async () => {
    const world = await openWorld();
    const answer = await world.ask("POST", "/session", { as: "nobody", body: { token: world.keys.ann } });
    const headers = { cookie: String(answer.headers["set-cookie"]).split(";")[0] ?? "" };
    expect((await world.ask("GET", "/api/runs", { as: "nobody", headers })).statusCode).toBe(200);
    const [, session = ""] = headers.cookie.split("=");
    const { sessions } = world.context.authenticator as Authenticator;
    expect(new ApiKeys([]).findById(sessions.read(session, Date.now())?.ref ?? "", 0)).toBeNull();
  });
});
