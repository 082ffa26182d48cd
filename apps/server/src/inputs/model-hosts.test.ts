/** Addresses over HTTP: a key of the server's environment goes to known hosts alone, whatever way the address comes. */
import { beforeAll, expect, test } from "vitest";
import { asker, type Json, openWorld, type World } from "../testing/world.fixture.js";

const OWN = "http://127.0.0.1:11434";
let world: World;
beforeAll(async () => {
  world = await openWorld({ settings: { modelHosts: [OWN, "https://models.example.org"] } });
});

const ask = (baseUrl: unknown) => ({
  as: "ann",
  body: { workflow: "asker", input: { model: { baseUrl, apiKeyEnv: "OPENAI_API_KEY" } } },
});
const pointers = (problem: Json) => [problem.code, ...problem.errors.map((one: Json) => one.pointer)];
const REFUSED = ["INPUT_ENDPOINT_REFUSED", "/input/model/baseUrl"];

test.each([
  "https://api.openai.com/v1",
  "https://API.Anthropic.com:443/v1",
  `${OWN}/v1`,
  "https://models.example.org/deep/er?x=1",
])("%s is taken", async (baseUrl) => {
  expect((await world.json(201, "POST", "/api/runs", ask(baseUrl))).input.model.baseUrl).toBe(baseUrl);
});

test.each([
  "https://evil.example.org/v1",
  "http://api.openai.com/v1",
  "https://api.openai.com:8443/v1",
  "https://api.openai.com.evil.org/v1",
  "https://api.openai.com@evil.org/v1",
  "https://evil.org/https://api.openai.com",
  "https://models.example.org:444",
  "http://127.0.0.1:11435/v1",
  "http://[::1]:11434/v1",
  "ftp://models.example.org",
  "file:///etc/passwd",
  "api.openai.com",
  "",
])("%s is refused, naming the place and the setting", async (baseUrl) => {
  const problem = await world.json(422, "POST", "/api/runs", ask(baseUrl));
  expect(pointers(problem)).toEqual(REFUSED);
  expect(problem.suggestions.map((one: Json) => one.label).join(" ")).toContain("server.modelHosts");
});

test("without a setting the providers' own are taken and no others; what names no address is not asked", async () => {
  const closed = await openWorld();
  await closed.json(201, "POST", "/api/runs", ask("https://api.openai.com/v1"));
  await closed.json(201, "POST", "/api/runs", ask(undefined));
  expect(pointers(await closed.json(422, "POST", "/api/runs", ask(`${OWN}/v1`)))).toEqual(REFUSED);
});

test("restart, fork, plan and resume refuse alike; an address that the run has recorded may be sent back", async () => {
  const mine = { baseUrl: "https://mine.example.org/v1" };
  const { id } = await world.holdfast.start(asker, { model: mine }, { owner: "ann" });
  const put = (status: number, body: Json) => world.json(status, "PUT", `/api/runs/${id}`, { as: "ann", body });
  await put(200, { action: "fail", reason: "to restart it" });
  const set = { model: { baseUrl: "https://evil.example.org" } };
  expect(pointers(await put(422, { action: "restart", set }))).toEqual([
    "INPUT_ENDPOINT_REFUSED",
    "/set/model/baseUrl",
  ]);
  expect(pointers(await put(422, { action: "fork", from: "ask", set }))).toContain("/set/model/baseUrl");
  expect(pointers(await put(422, { action: "resume", input: set }))).toContain("/input/model/baseUrl");
  const plan = await world.json(422, "POST", `/api/runs/${id}/plan`, { as: "ann", body: { input: set } });
  expect(pointers(plan)).toEqual(REFUSED);
  expect(await put(200, { action: "restart", set: { model: mine } })).toMatchObject({ input: { model: mine } });
});
