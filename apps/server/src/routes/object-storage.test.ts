/** Artifacts on object storage, over HTTP: sent by the server, or fetched by a link where the storage has a public name. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openS3Artifacts } from "@holdfast/artifacts-s3";
import { type ObjectStorage, startObjectStorage } from "@holdfast/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openWorld, type World } from "../testing/world.fixture.js";

const FILE = "/api/runs/kept/artifacts/gather/attempt-1/notes/topic.html";
const TEXT = "<script>tides</script>";
let storage: ObjectStorage;
let folder: string;
let proxied: World;
let linked: World;

beforeAll(async () => {
  storage = await startObjectStorage();
  for (const [name, value] of Object.entries(storage.env)) vi.stubEnv(name, value);
  folder = await mkdtemp(join(tmpdir(), "holdfast-objects-"));
  const open = async (prefix: string, parameters = "") => {
    const url = `s3://holdfast/${prefix}?endpoint=${storage.url}${parameters}`;
    const world = await openWorld({ artifacts: await openS3Artifacts({ url, dataDir: folder }) });
    const body = { workflow: "brief", input: { topic: "tides" }, runId: "kept" };
    await world.json(201, "POST", "/api/runs", { as: "ann", body });
    await world.holdfast.work({ untilIdle: true });
    return world;
  };
  proxied = await open("proxied");
  linked = await open("linked", `&publicEndpoint=${storage.url.replace("127.0.0.1", "localhost")}`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await storage.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (world: World, path: string, headers: Record<string, string> = {}) =>
  world.ask("GET", path, { as: "ann", headers });

test("the server sends the file, whole or in part, as it sends one of its own folder", async () => {
  const whole = await get(proxied, FILE);
  expect([whole.statusCode, whole.body, whole.headers["content-length"]]).toEqual([200, TEXT, String(TEXT.length)]);
  expect(whole.headers["content-security-policy"]).toContain("sandbox");
  const part = await get(proxied, FILE, { range: "bytes=8-12" });
  expect([part.statusCode, part.body, part.headers["content-range"]]).toEqual([
    206,
    "tides",
    `bytes 8-12/${TEXT.length}`,
  ]);
  const head = await proxied.ask("HEAD", FILE, { as: "ann" });
  expect([head.statusCode, head.headers["content-length"]]).toEqual([200, String(TEXT.length)]);
  expect((await proxied.ask("GET", FILE, { as: "nobody" })).statusCode).toBe(401);
  const findings = (await proxied.json(200, "POST", "/api/storage", { body: { action: "doctor" } })).findings;
  expect(findings).toContainEqual(expect.objectContaining({ name: "artifacts", level: "ok" }));
});

test("with a public name a download is a link to the storage, and a frame still comes from the server", async () => {
  const answer = await get(linked, FILE);
  expect([answer.statusCode, answer.headers["cache-control"]]).toEqual([302, "private, no-store"]);
  const location = String(answer.headers.location);
  expect(location).toMatch(/^http:\/\/localhost:\d+\/holdfast\/linked\/kept\/[0-9a-f]{64}\?/);
  const fetched = await fetch(location);
  expect([fetched.status, fetched.headers.get("content-type"), await fetched.text()]).toEqual([
    200,
    "text/plain; charset=utf-8",
    TEXT,
  ]);
  expect(fetched.headers.get("content-disposition")).toContain("attachment");
  const framed = await get(linked, `${FILE}?view=frame`, { "sec-fetch-dest": "iframe" });
  expect([framed.statusCode, framed.body]).toEqual([200, TEXT]);
});

test("a storage that is away, and a file that is gone, are said with their codes", async () => {
  storage.onRequest = ({ method, key }) => (method === "GET" && key !== "" ? 500 : undefined);
  const away = await get(proxied, FILE);
  expect([away.statusCode, away.json().code]).toEqual([503, "STORE_UNREACHABLE"]);
  storage.onRequest = () => undefined;
  for (const key of storage.keys()) storage.put(key, null);
  const gone = await get(proxied, FILE);
  expect([gone.statusCode, gone.json().code]).toEqual([404, "ARTIFACT_MISSING"]);
});
