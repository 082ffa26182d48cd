/** `holdfast serve` and `keys new` as real processes: working, draining, refusing, keys that open. */
import { describe, expect, test } from "vitest";
import { makeProject, type Problem } from "../cli/harness.js";
import { serve } from "./serving.js";

/** A stage that never ends is waited for so long when its server drains. */
const GRACE = "--stop-grace-ms=500";

describe("serve", () => {
  test("answers and works in one process; SIGTERM hands the run back to the queue and ends with 75", async () => {
    const { ask, running, project } = await serve([GRACE]);
    expect(
      (await ask("POST", "/api/runs", { workflow: "brief", input: { topic: "tides" }, runId: "quick" })).status,
    ).toBe(201);
    await running.says(/run quick completed/);
    expect(await (await ask("GET", "/api/runs/quick")).json()).toMatchObject({ status: "completed" });
    await ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "long" });
    await running.says(/run long \(endless\) claimed/);
    expect(await (await ask("GET", "/api/workers")).json()).toMatchObject({
      rows: [{ isDead: false, isSupervising: true }],
    });
    running.child.kill("SIGTERM");
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(75);
    expect(await project.json(["show", "long"])).toMatchObject({ status: "queued", lease: null });
  });

  test("what it tells on standard error is lines of JSON, the words of its worker among them", async () => {
    const { ask, running } = await serve(["--log-level=info"]);
    await ask("POST", "/api/runs", { workflow: "brief", input: { topic: "tides" }, runId: "quick" });
    await running.says(/run quick completed/);
    running.child.kill("SIGTERM");
    const { stderr } = await running.ended;
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(["request", "run quick completed", expect.stringContaining("Press Ctrl-C to stop")]),
    );
  });

  test("keeps its token, and so its sessions, over a restart; recovers on boot what died with the one before", async () => {
    const first = await serve(["--lease-ms=3000"]);
    await first.ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "left" });
    await first.running.says(/run left \(endless\) claimed/);
    first.running.child.kill("SIGKILL");
    await first.running.ended;
    const second = await serve([GRACE], first.project);
    expect(second.token).toBe(first.token);
    await second.running.says(/run left \(endless\) claimed/);
    expect(await (await second.ask("GET", "/api/runs/left")).json()).toMatchObject({
      status: "running",
      recoveries: 1,
    });
    second.running.child.kill("SIGINT");
    expect((await second.running.ended).code).toBe(75);
  });

  test("--no-worker --supervise recovers what died and executes nothing; so does the command supervise", async () => {
    const project = await makeProject();
    const dead = await serve([], project);
    await dead.ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "long" });
    await dead.running.says(/run long \(endless\) claimed/);
    dead.running.child.kill("SIGKILL");
    await dead.running.ended;
    const { ask, running } = await serve(["--no-worker", "--supervise"], project);
    await running.says(/run long \(endless\) queued again/);
    expect(await (await ask("GET", "/api/management")).json()).toMatchObject({
      serverSupervisor: { isSupervising: true },
      supervisor: { workers: 0, supervisors: 1 },
    });
    expect(await (await ask("GET", "/api/runs/long")).json()).toMatchObject({ status: "queued", lease: null });
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
    const supervising = project.spawn(["supervise"]);
    await supervising.says(/Supervising/);
    supervising.child.kill("SIGTERM");
    expect((await supervising.ended).code).toBe(0);
  });

  test("the death of a worker process is a warning of its log", async () => {
    const { ask, running } = await serve(["--log-level=info", GRACE]);
    await ask("POST", "/api/runs", { workflow: "endless", input: {}, runId: "long" });
    await running.says(/run long \(endless\) claimed/);
    const { lease } = (await (await ask("GET", "/api/runs/long")).json()) as { lease: { pid: number } };
    process.kill(lease.pid, "SIGKILL");
    await running.says(/worker process \d+ ended by SIGKILL/);
    running.child.kill("SIGTERM");
    const lines = (await running.ended).stderr.trim().split("\n");
    const levels = lines.map((line) => JSON.parse(line) as { msg: string; level: number });
    expect(levels.find(({ msg }) => /worker process \d+ ended/.test(msg))?.level).toBe(40);
    expect(levels.find(({ msg }) => msg.includes("run long (endless) claimed"))?.level).toBe(30);
  });

  test("the address printed for people carries the token as a fragment", async () => {
    const project = await makeProject();
    const running = project.spawn(["serve", "--port=0", "--no-worker", "--log-level=warn"]);
    const line = await running.said(/Holdfast at \S+/);
    expect(line).toMatch(/^Holdfast at http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]{43}$/);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  });

  test("refuses to listen beyond this machine without auth, with the cure, and makes nothing", async () => {
    const project = await makeProject();
    const refused = await project.json<Problem>(["serve", "--host=0.0.0.0", "--port=0"], 2);
    expect(refused).toMatchObject({ code: "CONFIG_INVALID" });
    expect(refused.detail).toMatch(/server\.host.*holdfast keys new/);
  });

  test("a port that is taken ends with 7", async () => {
    const { url, running, project } = await serve(["--no-worker"]);
    const port = new URL(url).port;
    expect(await project.json<Problem>(["serve", `--port=${port}`, "--no-worker"], 7)).toMatchObject({
      code: "PORT_UNUSABLE",
    });
    running.child.kill("SIGTERM");
    await running.ended;
  });

  test.each([
    ["{ prot: 4680 }", /server: there is no setting "prot"\. Did you mean port\?/],
    ["{ port: 'x' }", /server\.port: 0 to 65535 is expected/],
    ["{ allowedHosts: 'a' }", /server\.allowedHosts: a list of texts is expected/],
  ])("a configuration that cannot be meant is refused by any command, with its line: %s", async (section, message) => {
    const project = await makeProject();
    await project.write("holdfast.config.mjs", `export default { workflows: [],\n  server: ${section} };\n`);
    const { code, stderr } = await project.run(["runs"], { isBare: true });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).toContain("holdfast.config.mjs, line 2");
  });

  test("what only the server can judge is refused when it starts", async () => {
    const project = await makeProject();
    const section = `{ auth: { jwt: { issuer: "i", audience: "a", algorithm: "HS256", secret: "short" } } }`;
    await project.write("holdfast.config.mjs", `export default { workflows: [], server: ${section} };\n`);
    const { code, stderr } = await project.run(["serve", "--port=0"], { isBare: true });
    expect([code, stderr]).toEqual([2, expect.stringContaining("at least 32 are expected")]);
  });

  test("input folders are relative to the file that names them, and must be there", async () => {
    const project = await makeProject();
    await project.write(
      "conf/holdfast.config.mjs",
      `export default { workflows: [], server: { inputFolders: ["in"] } };\n`,
    );
    const serve = ["serve", "--port=0", "--config-file=conf/holdfast.config.mjs"];
    const fromFile = await project.run(serve, { isBare: true });
    expect([fromFile.code, fromFile.stderr]).toEqual([2, expect.stringContaining("/conf/in: there is no such folder")]);
    const env = { HOLDFAST_SERVER_INPUT_FOLDERS: "conf, gone" };
    const fromEnvironment = await project.run(serve, { isBare: true, env });
    expect(fromEnvironment.stderr).toMatch(/server\.inputFolders: .*\/gone: there is no such folder/);
    expect(fromEnvironment.stderr).not.toContain("/conf/gone");
  });

  test("the environment overrides the file", async () => {
    const project = await makeProject();
    await project.write("holdfast.config.mjs", `export default { workflows: [], server: { port: 1 } };\n`);
    const env = { HOLDFAST_SERVER_PORT: "x" };
    const { code, stderr } = await project.run(["serve"], { isBare: true, env });
    expect([code, stderr]).toEqual([2, expect.stringContaining("HOLDFAST_SERVER_PORT: 0 to 65535 is expected")]);
  });
});

describe("keys new", () => {
  test("prints a key that the server knows by its entry, and the server's own token no longer counts", async () => {
    const project = await makeProject();
    const { key, entry } = await project.json<{ key: string; entry: object }>([
      "keys",
      "new",
      "--name=ci",
      "--user=ann",
      "--role=viewer",
    ]);
    expect(JSON.stringify(entry)).not.toContain(key);
    await project.write(
      "holdfast.config.mjs",
      `export default { workflows: [], server: { port: 0, auth: { apiKeys: [${JSON.stringify(entry)}] } } };\n`,
    );
    const running = project.spawn(["serve", "--json", "--no-worker", "--log-level=warn"], { isBare: true });
    const { url, openUrl } = JSON.parse(await running.said(/\{[\s\S]*\}/)) as { url: string; openUrl: string | null };
    expect(openUrl).toBeNull();
    const statusWith = async (token: string) =>
      (await fetch(`${url}/session`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await statusWith(key), await statusWith("x".repeat(43))]).toEqual([200, 401]);
    running.child.kill("SIGTERM");
    await running.ended;
  });

  test("says what is missing", async () => {
    const project = await makeProject();
    expect(await project.json<Problem>(["keys", "new", "--name=ci"], 2)).toMatchObject({
      detail: expect.stringContaining("--user is needed"),
    });
  });
});
