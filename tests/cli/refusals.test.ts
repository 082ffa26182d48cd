/**
 * A refusal changes nothing: every table except those of the audit log, of workers and of their heartbeats is the same
 * before and after, for every command and every route. The commands come from the help and the routes from the OpenAPI
 * document, so that a new one without a case fails here.
 */
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "@photostructure/sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { type Serving, serve } from "../server/serving.js";
import { makeProject, type Project } from "./harness.js";

const CONFIG = fileURLToPath(new URL("./fixture/holdfast.config.ts", import.meta.url));
/** The audit log, and what workers and supervisors write about themselves. */
const LEFT_OUT = ["audit", "worker", "supervised_count"];

let project: Project;

/** Every other table with its rows, each as one text. */
function tables(): Readonly<Record<string, string>> {
  const db = new DatabaseSync(project.path(".holdfast/holdfast.db"), { readOnly: true });
  try {
    const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all() as {
      name: string;
    }[];
    const kept = names
      .map(({ name }) => name)
      .filter((name) => !LEFT_OUT.includes(name) && !name.startsWith("sqlite_"));
    return Object.fromEntries(
      kept.map((name) => [
        name,
        db
          .prepare(`SELECT * FROM "${name}"`)
          .all()
          .map((row) => JSON.stringify(row))
          .sort()
          .join("\n"),
      ]),
    );
  } finally {
    db.close();
  }
}

beforeAll(async () => {
  project = await makeProject();
  const folder = await project.write("fail-k2", "timeout");
  await project.write("rows.csv", "id,a\n1,x\n2,y\n");
  await project.write("bad.csv", "id,a\n1,x\n,y\n");
  await project.write("config.json", "{}");
  const at = `--folder=${folder.replace(/\/fail-k2$/, "")}`;
  await project.run(["start", "brief", "--topic=t", "--run-id=done"]);
  await project.run(["start", "brief", "--topic=t", "--run-id=part", "--through=gather"]);
  await project.run(["start", "items", at, "--run-id=failed"]);
  await project.run(["start", "items", at, "--run-id=whole", "--maxFailed=1"]);
  await project.run(["datasets", "ingest", "rows.csv", "--key=id"]);
  await project.run(["fork", "done", "--from=write", "--run-id=fork", "--detach"]);
  await project.run(["cancel", "fork"]);
});

/** For each command: arguments that it refuses, and the exit code. */
const REFUSED: Readonly<Record<string, readonly (readonly [args: string, code: number])[]>> = {
  start: [
    ["brief", 2],
    ["nothing --topic=t", 2],
    ["brief --topic=t --run-id=done", 6],
    ["brief --topic=t --run-id=../x", 2],
    ["brief --topic=t --through=nowhere", 2],
    ["brief --topic=t --input=none.json", 2],
  ],
  resume: [
    ["done", 6],
    ["done --set=topic=other --accept=redo", 6],
    ["nobody", 5],
    ["part --through=nowhere", 2],
    ["part --set=words=none", 2],
    ["part --on-bad-row=skip", 2],
    ["failed --set=prompt.version=b", 6],
    ["failed --set=prompt.version=b --only=errors --yes", 6],
    ["failed --set=prompt.version=b --only=missing --yes --detach", 6],
    ["whole --set=prompt.version=b --only=stale --yes", 6],
    ["whole --set=prompt.version=b --only=errors --yes --detach", 6],
    ["whole --only=@config.json --yes", 2],
  ],
  pause: [
    ["done", 6],
    ["nobody", 5],
  ],
  cancel: [["done", 6]],
  fail: [
    ["done --reason=x", 6],
    ["part", 2],
  ],
  restart: [
    ["nobody", 5],
    ["done --set=words=none", 2],
  ],
  fork: [
    ["done --from=nowhere", 2],
    ["done --from=write --run-id=part", 6],
    ["done --from=write --set=words=none", 2],
  ],
  delete: [
    ["done --yes", 6],
    ["nobody --yes", 5],
  ],
  "datasets ingest": [
    ["none.csv --key=id", 2],
    ["bad.csv --key=id", 2],
    ["rows.csv --key=nothing", 2],
  ],
  "datasets verify": [["nothing", 5]],
  "datasets delete": [
    ["nothing --yes", 5],
    ["rows --version=9 --yes", 5],
    ["rows --version=0 --yes", 2],
  ],
  "datasets erase": [
    ["nothing 1 --yes", 5],
    ["rows --yes", 2],
    ["rows 1 --keys-from=rows.csv --yes", 2],
    ["rows --keys-from=none.txt --yes", 2],
    ["rows 1 --reason=about-1 --yes", 2],
  ],
  signal: [
    ["nobody paid", 5],
    ["done paid", 5],
    ["part paid --data={", 2],
  ],
  answer: [
    ["nobody publish", 5],
    ["done publish --yes=1", 6],
  ],
  "schedules put": [
    ["daily --workflow=nothing --every=1h", 2],
    ["daily --workflow=brief --cron=never", 2],
  ],
  "schedules pause": [["none", 5]],
  "schedules resume": [["none", 5]],
  "schedules trigger": [["none", 5]],
  "schedules backfill": [
    ["none --from=2026-01-01T00:00Z --to=2026-01-02T00:00Z", 5],
    ["none --from=2026-01-01T00:00", 2],
  ],
  "schedules delete": [["none --yes", 5]],
  recover: [
    ["nobody", 5],
    ["done --max-retries=x", 2],
  ],
  timeouts: [["--timeout-minutes=x", 2]],
  cleanup: [["--days=x", 2]],
  "locks clean": [["extra", 2]],
  generate: [["numbers out.txt --count=0", 2]],
  "keys new": [["--role=king", 2]],
  "db migrate": [["extra", 2]],
  "db backup": [["", 2]],
  "db compact": [["extra", 2]],
  "db copy": [
    ["sqlite:a.db", 2],
    ["mysql://a sqlite:b.db", 2],
  ],
  supervise: [["extra", 2]],
  worker: [["--concurrency=x", 2]],
  serve: [["--port=x", 2]],
};

/** Commands that write nothing, whether refused or not. */
const READING =
  "runs,show,open,watch,logs,artifacts,export,diff,datasets,locks,health,stats,audit,workflows,doctor,completion,asks,schedules,schedules show".split(
    ",",
  );

describe("a command that is refused", () => {
  test("has a case for every command", async () => {
    const { stdout } = await project.run(["--help"]);
    const listed = stdout.slice(stdout.indexOf("Begin here"), stdout.indexOf("Everywhere"));
    const names = [...listed.matchAll(/^ {2}([a-z]+(?: [a-z]+)*) {2,}/gm)].map(([, name]) => name);
    expect(names.filter((name) => !READING.includes(name ?? "")).sort()).toEqual(Object.keys(REFUSED).sort());
  });

  const cases = Object.entries(REFUSED).flatMap(([name, all]) =>
    all.map(([args, code]) => [name, args, code] as const),
  );
  test.each(cases)("%s %s: leaves every table as it was", async (name, args, code) => {
    const before = tables();
    const { code: ended, stderr } = await project.run([
      ...name.split(" "),
      ...args.split(" ").filter((one) => one !== ""),
    ]);
    expect(ended, stderr).toBe(code);
    expect(tables()).toEqual(before);
  });
});

describe("a route that refuses", () => {
  let serving: Serving;
  beforeAll(async () => {
    serving = await serve(["--no-worker"], project, { env: { HOLDFAST_CONFIG: CONFIG } });
  });

  const bodies: Readonly<Record<string, readonly (readonly [path: string, body: unknown, status: number])[]>> = {
    "POST /api/runs": [
      ["/api/runs", { workflow: "brief", input: {} }, 422],
      ["/api/runs", { workflow: "brief", input: { topic: "t" }, runId: "done" }, 409],
      ["/api/runs", { workflow: "nothing", input: {} }, 404],
      ["/api/runs", { workflow: "brief", input: { topic: "t" }, through: "nowhere" }, 400],
    ],
    "POST /api/runs/{runId}/actions": [
      ["/api/runs/done/actions", { action: "resume" }, 409],
      ["/api/runs/failed/actions", { action: "resume", input: { folder: "x", prompt: { version: "b" } } }, 409],
      ["/api/runs/whole/actions", { action: "resume", only: "errors", planId: "0".repeat(64) }, 409],
      ["/api/runs/whole/actions", { action: "resume", only: { keys: ["none"] } }, 400],
      ["/api/runs/done/actions", { action: "pause" }, 409],
      ["/api/runs/done/actions", { action: "cancel" }, 409],
      ["/api/runs/done/actions", { action: "fail", reason: "x" }, 409],
      ["/api/runs/done/actions", { action: "restart", set: { words: "none" } }, 422],
      ["/api/runs/done/actions", { action: "fork", from: "nowhere" }, 400],
      ["/api/runs/done/actions", { action: "fork", from: "write", runId: "part" }, 409],
      ["/api/runs/nobody/actions", { action: "resetRecoveries" }, 404],
      ["/api/runs/done/actions", { action: "explode" }, 422],
    ],
    "PUT /api/runs/{runId}": [["/api/runs/done", { action: "pause" }, 409]],
    "DELETE /api/runs/{runId}": [
      ["/api/runs/done", undefined, 409],
      ["/api/runs/nobody", undefined, 404],
    ],
    "POST /api/runs/{runId}/plan": [["/api/runs/nobody/plan", {}, 404]],
    "POST /api/management": [["/api/management", { action: "cleanup", olderThanDays: -1 }, 422]],
    "POST /api/qualify": [["/api/qualify", { input: {} }, 404]],
    "PUT /api/qualify/{runId}": [["/api/qualify/nobody", { action: "pause" }, 404]],
    "DELETE /api/qualify/{runId}": [["/api/qualify/nobody", undefined, 404]],
    "POST /api/qualify/management": [["/api/qualify/management", { action: "explode" }, 422]],
    "POST /api/uploads": [["/api/uploads", { name: "has none" }, 422]],
    "DELETE /api/uploads/{uploadId}": [[`/api/uploads/${"0".repeat(64)}`, undefined, 404]],
    "POST /api/datasets/{name}/actions": [
      ["/api/datasets/nothing/actions", { action: "delete" }, 404],
      ["/api/datasets/rows/actions", { action: "erase", keys: [] }, 422],
      ["/api/datasets/rows/actions", { action: "explode" }, 422],
    ],
    "PUT /api/schedules/{name}": [
      ["/api/schedules/daily", { workflow: "brief", cron: "never", input: {} }, 422],
      ["/api/schedules/daily", { workflow: "nothing", everyMs: 60_000, input: {} }, 404],
    ],
    "POST /api/schedules/{name}/actions": [["/api/schedules/none/actions", { action: "pause" }, 404]],
    "POST /api/runs/{runId}/signals/{name}": [
      ["/api/runs/nobody/signals/paid", { payload: 1 }, 404],
      ["/api/runs/done/signals/paid", { payload: 1 }, 404],
    ],
    "POST /api/runs/{runId}/asks/{name}": [
      ["/api/runs/nobody/asks/publish", { value: true }, 404],
      ["/api/runs/done/asks/publish", { value: true }, 409],
    ],
    "POST /api/bulk": [["/api/bulk", { action: "pause" }, 422]],
    "POST /api/bulk/jobs": [["/api/bulk/jobs", { planId: "none" }, 409]],
    "DELETE /api/bulk/jobs/{jobId}": [["/api/bulk/jobs/none", undefined, 404]],
    "POST /api/errors/{fingerprint}": [["/api/errors/0123456789abcdef", { state: "explode" }, 422]],
    "POST /api/storage": [["/api/storage", { action: "explode" }, 422]],
    "POST /session": [["/session", { token: "none" }, 401]],
    // Signing out is never refused.
    "DELETE /session": [],
  };

  test("has a case for every route that changes anything", async () => {
    const document = (await (await serving.ask("GET", "/api/openapi.json")).json()) as {
      paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    const writing = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => ["post", "put", "patch", "delete"].includes(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(writing.filter((route) => !(route in bodies))).toEqual([]);
  });

  const cases = Object.entries(bodies).flatMap(([route, all]) =>
    all.map(([path, body, status]) => [route.split(" ")[0] ?? "", path, JSON.stringify(body) ?? "", status] as const),
  );
  test.each(cases)("%s %s %s: leaves every table as it was", async (method, path, body, status) => {
    const before = tables();
    const answer = await serving.ask(method, path, body === "" ? undefined : JSON.parse(body));
    expect(answer.status, await answer.text()).toBe(status);
    expect(tables()).toEqual(before);
  });
});
