/** A search for secrets of an input: they are in nothing that commands, the server, logs or files contain. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "@photostructure/sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { serve } from "../server/serving.js";
import { makeProject, type Project } from "./harness.js";

const CONFIG = fileURLToPath(new URL("./fixture/holdfast.config.ts", import.meta.url));
const KEY = 'canary-key "ü" 0123456789';
const TOKEN = "canary-token-0123456789";
const OTHER = "canary-other-0123456789";
const sha = (text: string) => createHash("sha256").update(text).digest("hex");

let project: Project;
/** Everything that was printed or answered, each with the command or request. */
const said: { readonly by: string; readonly text: string }[] = [];
const say = async (args: readonly string[], options: Parameters<Project["run"]>[1] = {}) => {
  const ended = await project.run(args, options);
  said.push({ by: args.join(" "), text: ended.stdout + ended.stderr });
  return ended;
};
/** Where the canary occurs: as it is, or any part of it that is long enough to be recognized. */
const leaks = () => said.filter(({ text }) => /canary|0123456789/.test(text)).map(({ by, text }) => `${by}:\n${text}`);

beforeAll(async () => {
  project = await makeProject();
  await project.write(
    "input.json",
    JSON.stringify({ topic: "tides", apiKey: KEY, feeds: [{ name: "f", token: TOKEN }] }),
  );
  await say(["start", "sealed", "--input=input.json", "--run-id=good"]);
  await say(["start", "sealed", "--input=input.json", "--isBroken", "--run-id=broken"]);
});

describe("secrets of an input", () => {
  test("the stage gets them, attempt after attempt and after a resume", async () => {
    const run = await project.json(["show", "good"]);
    expect(run).toMatchObject({
      status: "completed",
      input: { topic: "tides", apiKey: "[secret]", feeds: [{ name: "f", token: "[secret]" }] },
      output: [sha(KEY), sha(TOKEN)],
    });
    await say(["start", "sealed", "--input=input.json", "--run-id=later", "--through=call"]);
    await say(["resume", "later"]);
    expect(await project.json(["show", "later"])).toMatchObject({
      status: "completed",
      output: [sha(KEY), sha(TOKEN)],
    });
  });

  test("a resume with the same input changes nothing; with another secret the change is reported without showing it", async () => {
    await say(["start", "sealed", "--input=input.json", "--run-id=same", "--through=call"]);
    const same = await say(["resume", "same", "--config=input.json", "--plan"]);
    expect([same.code, same.stderr]).toEqual([0, ""]);
    const other = await say(["resume", "same", "--config=input.json", `--set=apiKey=${OTHER}`, "--plan", "--json"]);
    expect(JSON.parse(other.stdout)).toMatchObject({
      inputChanges: [{ path: "$.apiKey", before: "[secret]", after: "another [secret]" }],
      drift: [{ what: "inputs", stage: "call" }],
    });
    expect(other.stderr).toContain('apiKey: recorded "[secret]", given "another [secret]"');
    const unfit = await say(["resume", "same", "--config=input.json", "--set=apiKey=canary"]);
    expect([unfit.code, unfit.stderr]).toEqual([2, expect.stringContaining("apiKey")]);
    const taken = await say(["resume", "same", `--set=apiKey=${OTHER}`, "--accept=redo"]);
    expect(taken.code, taken.stderr).toBe(0);
    expect(await project.json(["show", "same"])).toMatchObject({ output: [sha(OTHER), sha(TOKEN)] });
  });

  test("restart and fork keep secrets that they are not given, also if [secret] is sent back", async () => {
    await say(["start", "sealed", "--input=input.json", "--run-id=again"]);
    await say(["restart", "again", "--set=topic=ebb"]);
    await say(["resume", "again"]);
    expect(await project.json(["show", "again"])).toMatchObject({
      input: { topic: "ebb", apiKey: "[secret]" },
      output: [sha(KEY), sha(TOKEN)],
    });
    await say(["fork", "again", "--from=call", "--run-id=forked", `--set=apiKey=${OTHER}`]);
    expect(await project.json(["show", "forked"])).toMatchObject({ output: [sha(OTHER), sha(TOKEN)] });
    await say(["fork", "again", "--from=call", "--run-id=copied"]);
    expect(await project.json(["show", "copied"])).toMatchObject({ output: [sha(KEY), sha(TOKEN)] });
  });

  test("no command prints them, in any form; invalid ones are refused without being quoted", async () => {
    const commands = [
      ["runs"],
      ["show", "good", "--verbose"],
      ["show", "broken", "--verbose"],
      ["logs", "good"],
      ["logs", "broken"],
      ["watch", "good"],
      ["artifacts", "good", "--verify"],
      ["export", "good"],
      ["diff", "good", "broken"],
      ["health"],
      ["health", "broken", "--verbose"],
      ["audit"],
      ["stats", "--verbose"],
      ["locks"],
      ["workflows"],
      ["resume", "broken", "--plan"],
      ["resume", "good", "--only=errors", "--plan"],
      ["resume", "broken"],
      ["cleanup", "--days=0", "--check-only", "--verbose"],
    ];
    for (const command of commands) {
      await say(command);
      await say([...command, "--json"]);
    }
    await say(["start", "sealed", "--help"]);
    const wrong = [
      ["--topic=t", "--api-key=canary"],
      ["--topic=t", `--api-kye=${KEY}`],
      ["--topic=t", `--api-key=${KEY}`, '--feeds={"name":"canary"'],
      ["--topic=t", "--api-key=[secret]"],
    ];
    for (const flags of wrong) {
      expect((await say(["start", "sealed", ...flags])).code).toBe(2);
      expect((await say(["start", "sealed", ...flags, "--json"])).code).toBe(2);
    }
    const known = said.filter(({ by }) => !by.includes("canary"));
    expect(known.length).toBeGreaterThan(40);
    expect(leaks()).toEqual([]);
  });

  test("no answer of the server contains them; the shown [secret] sent back keeps the recorded value", async () => {
    const { ask, running } = await serve(["--no-worker", "--log-level=info"], project, {
      env: { HOLDFAST_CONFIG: CONFIG },
    });
    const hear = async (status: number, method: string, path: string, body?: unknown) => {
      const answer = await ask(method, path, body);
      const text = await answer.text();
      said.push({ by: `${method} ${path}`, text: text + JSON.stringify([...answer.headers]) });
      expect([path, answer.status, text]).toEqual([path, status, text]);
      return text === "" ? null : JSON.parse(text);
    };
    const input = { topic: "t", apiKey: KEY, feeds: [{ name: "f", token: TOKEN }] };
    const shown = { topic: "t", apiKey: "[secret]", feeds: [{ name: "f", token: "[secret]" }], isBroken: false };
    const made = await hear(201, "POST", "/api/runs", { workflow: "sealed", input, runId: "http" });
    expect(made.input).toEqual(shown);
    await hear(422, "POST", "/api/runs", { workflow: "sealed", input: { ...input, apiKey: "canary" } });
    await hear(422, "POST", "/api/runs", { workflow: "sealed", input: shown });
    await hear(200, "PUT", "/api/runs/http", { action: "pause" });
    await hear(200, "POST", "/api/runs/http/plan", { input: { ...shown, topic: "u" } });
    const resumed = await hear(200, "PUT", "/api/runs/http", { action: "resume", input: { ...shown, topic: "u" } });
    expect(resumed.input).toEqual({ ...shown, topic: "u" });
    await hear(200, "PUT", "/api/runs/http", { action: "cancel" });
    await hear(200, "PUT", "/api/runs/http", { action: "restart", set: { feeds: shown.feeds } });
    for (const id of ["good", "broken", "http"]) {
      const parts = ["", "/health", "/stages", "/events", "/checkpoint", "/artifacts", "/recovery", "/plan"];
      for (const part of parts) await hear(200, "GET", `/api/runs/${id}${part}`);
      await hear(200, "GET", `/api/runs/${id}/items?stage=items`);
    }
    for (const path of ["/api/runs", "/api/management", "/api/workflows", "/api/workers", "/api/audit"]) {
      await hear(200, "GET", path);
    }
    running.child.kill("SIGTERM");
    const { stdout, stderr } = await running.ended;
    said.push({ by: "serve", text: stdout + stderr });
    expect(leaks()).toEqual([]);
    const resume = await say(["resume", "http"]);
    expect(resume.code).toBe(0);
    expect(await project.json(["show", "http"])).toMatchObject({ output: [sha(KEY), sha(TOKEN)] });
  });

  test("no file of a run contains them, and only one column of the store does", async () => {
    const folder = project.path(".holdfast/runs");
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    for (const entry of files) {
      const path = join(entry.parentPath, entry.name);
      said.push({ by: path, text: await readFile(path, "utf8") });
    }
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["run.jsonl", "errors.jsonl", "calls.jsonl", "error.json", "meta.json", "output.json"]),
    );
    expect(leaks()).toEqual([]);
    expect(await columnsWith(project.path(".holdfast/holdfast.db"), /canary/)).toEqual(["run.secrets"]);
  });
});

/** The columns of a database in which a text is found. */
async function columnsWith(file: string, pattern: RegExp): Promise<string[]> {
  const db = new DatabaseSync(file, { readOnly: true });
  const found = new Set<string>();
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[];
  for (const { name } of tables) {
    for (const row of db.prepare(`SELECT * FROM "${name}"`).iterate() as Iterable<Record<string, unknown>>) {
      for (const [column, value] of Object.entries(row)) {
        const text = value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
        if (pattern.test(text)) found.add(`${name}.${column}`);
      }
    }
  }
  db.close();
  return [...found];
}
