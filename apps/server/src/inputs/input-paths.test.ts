/** Paths over HTTP: only those inside the input folders get as far as a run, whatever way they come. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Json, openWorld, reader, type World } from "../testing/world.fixture.js";
import { InputFolders } from "./input-folders.js";

let folder: string;
let outside: string;
let world: World;
let closed: World;
beforeAll(async () => {
  const base = await realpath(await mkdtemp(join(tmpdir(), "holdfast-inputs-")));
  folder = join(base, "in");
  outside = join(base, "out");
  await mkdir(join(folder, "sub"), { recursive: true });
  await mkdir(outside);
  await writeFile(join(folder, "a.csv"), "a");
  await writeFile(join(outside, "secret"), "s");
  await symlink(join(folder, "a.csv"), join(folder, "link-in"));
  await symlink(join(outside, "secret"), join(folder, "link-out"));
  await symlink(outside, join(folder, "folder-out"));
  await symlink(join(outside, "not-yet"), join(folder, "dangling"));
  await symlink(folder, join(base, "also"));
  world = await openWorld({ settings: { inputFolders: [folder, join(base, "also")] } });
  closed = await openWorld();
  afterAll(() => rm(base, { recursive: true, force: true }));
});

const start = (status: number, file: unknown, more: Json = {}) =>
  world.json(status, "POST", "/api/runs", { as: "ann", body: { workflow: "reader", input: { file, ...more } } });
const pointers = (problem: Json) => [problem.code, ...problem.errors.map((one: Json) => one.pointer)];
const REFUSED = "INPUT_PATH_REFUSED";

test("a path inside a folder is taken; a bare name is looked for in the first; the run records it absolute", async () => {
  expect((await start(201, join(folder, "a.csv"))).input.file).toBe(join(folder, "a.csv"));
  expect((await start(201, "sub/not-there-yet", { more: [1, "link-in"] })).input).toEqual({
    file: join(folder, "sub/not-there-yet"),
    more: [1, join(folder, "link-in")],
  });
  // A folder that is a link itself.
  expect((await start(201, join(folder, "../also/a.csv").replace("/in/..", ""))).status).toBe("queued");
});

test.each([
  ["an absolute path elsewhere", () => join(outside, "secret")],
  ["another that does not exist", () => join(outside, "nothing")],
  ["a folder whose name only begins alike", () => `${folder}-not/x`],
  ["..", () => "../out/secret"],
  [".. that comes back", () => "sub/../a.csv"],
  ["a link that leads out", () => "link-out"],
  ["the same with a blank that the schema trims", () => "link-out "],
  ["something in a folder that is a link out", () => "folder-out/secret"],
  ["something new in it", () => "folder-out/new/er"],
  ["a link to nothing outside", () => "dangling"],
  ["something below a file", () => "a.csv/x"],
  ["a null byte", () => "a.csv\0"],
  ["a name longer than any file has", () => "x".repeat(5_000)],
])("%s is refused", async (_, file) => {
  expect(pointers(await start(422, file()))).toEqual([REFUSED, "/input/file"]);
});

test("every such place is named with the cure, and what is no text is the schema's to refuse", async () => {
  const problem = await start(422, "/etc/passwd", { more: ["a.csv", 2, "/etc/hosts"] });
  expect(pointers(problem)).toEqual([REFUSED, "/input/file", "/input/more/2"]);
  expect(problem.suggestions.map((one: Json) => one.label).join(" ")).toContain("server.inputFolders");
  expect(JSON.stringify(problem)).not.toContain(folder);
  expect(pointers(await start(422, 3))).toEqual(["BAD_INPUT", "/input/file"]);
});

test("without input folders no path is taken, and other texts are", async () => {
  const ask = (input: Json, workflow = "reader") => ({ as: "admin", body: { workflow, input } });
  const problem = await closed.json(422, "POST", "/api/runs", ask({ file: join(folder, "a.csv") }));
  expect(pointers(problem)).toEqual([REFUSED, "/input/file"]);
  await closed.json(201, "POST", "/api/runs", ask({ topic: "/etc/passwd" }, "brief"));
});

test("restart, fork, plan and resume refuse and place paths alike; nothing is changed by a refusal", async () => {
  const { id } = await start(201, "a.csv");
  const put = (status: number, body: Json) => world.json(status, "PUT", `/api/runs/${id}`, { as: "ann", body });
  await put(200, { action: "fail", reason: "to restart it" });
  const set = { file: "/etc/passwd" };
  expect(pointers(await put(422, { action: "restart", set }))).toEqual([REFUSED, "/set/file"]);
  expect(pointers(await put(422, { action: "fork", from: "read", set }))).toEqual([REFUSED, "/set/file"]);
  expect(pointers(await put(422, { action: "resume", input: set }))).toEqual([REFUSED, "/input/file"]);
  const plan = await world.json(422, "POST", `/api/runs/${id}/plan`, { as: "ann", body: { input: set } });
  expect(pointers(plan)).toEqual([REFUSED, "/input/file"]);
  expect(await world.json(200, "GET", `/api/runs/${id}`)).toMatchObject({ status: "failed", generation: 1 });
  const restarted = await put(200, { action: "restart", set: { file: "sub/b.csv" } });
  expect(restarted).toMatchObject({ status: "queued", input: { file: join(folder, "sub/b.csv") } });
});

test("a path that the run has recorded may be sent back, at its own place alone", async () => {
  const file = join(outside, "secret");
  const { id } = await world.holdfast.start(reader, { file }, { owner: "ann" });
  const put = (status: number, set: Json) =>
    world.json(status, "PUT", `/api/runs/${id}`, { as: "ann", body: { action: "restart", set } });
  await world.json(200, "PUT", `/api/runs/${id}`, { as: "ann", body: { action: "fail", reason: "x" } });
  expect(pointers(await put(422, { more: [file] }))).toEqual([REFUSED, "/set/more/0"]);
  expect(await put(200, { file, title: "t" })).toMatchObject({ input: { file, title: "t" } });
});

test("the same key with the same body answers with the same run", async () => {
  const ask = {
    as: "ann",
    headers: { "idempotency-key": "paths" },
    body: { workflow: "reader", input: { file: "a.csv" } },
  };
  const { id } = await world.json(201, "POST", "/api/runs", ask);
  expect((await world.json(200, "POST", "/api/runs", ask)).id).toBe(id);
});

test("the alias refuses as the others do", async () => {
  const body = { input: { lead: "acme", prospects: "/etc/passwd" }, runId: "alias" };
  expect(pointers(await world.json(422, "POST", "/api/qualify", { body }))).toEqual([REFUSED, "/input/prospects"]);
  await world.json(201, "POST", "/api/qualify", { body: { ...body, input: { lead: "acme", prospects: "a.csv" } } });
  await world.json(200, "PUT", "/api/qualify/alias", { body: { action: "fail" } });
  const restart = { action: "restart", set: { prospects: join(outside, "secret") } };
  const problem = await world.json(422, "PUT", "/api/qualify/alias", { body: restart });
  expect(pointers(problem)).toEqual([REFUSED, "/set/prospects"]);
});

test("the list of workflows says which fields are paths", async () => {
  const { rows } = await world.json(200, "GET", "/api/workflows");
  const { input } = rows.find((one: Json) => one.name === "reader");
  expect(input.properties.file).toMatchObject({ type: "string", format: "path" });
});

test("the data folder is never an input, and a folder that is not there stops the server from starting", async () => {
  const inProject = await InputFolders.open([join(world.dataDir, "..")], world.dataDir);
  expect(await inProject.find(join(world.dataDir, "server-token"))).toBeNull();
  expect(await inProject.find(".")).toBeNull();
  await expect(InputFolders.open([world.dataDir], world.dataDir)).rejects.toThrow(/inputFolders: .*data folder/);
  await expect(InputFolders.open([join(folder, "gone")], world.dataDir)).rejects.toThrow(
    /gone: there is no such folder/,
  );
});
