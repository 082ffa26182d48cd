/** The page of the server that runs: found by its record in the data folder, opened without its token on a command line. */
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Serving, serve } from "../server/serving.js";
import { makeProject, type Problem, type Project } from "./harness.js";

/** A browser that keeps what it was given. */
async function fakeBrowser(
  project: Project,
  exitCode = 0,
): Promise<{ readonly program: string; opened(): Promise<string> }> {
  const kept = project.path("opened.txt");
  const program = await project.write(
    `browser-${exitCode}.sh`,
    `#!/bin/sh\nprintf %s "$*" > "${kept}"\nexit ${exitCode}\n`,
  );
  await chmod(program, 0o700);
  return { program, opened: () => readFile(kept, "utf8") };
}

/** No screen and no browser, as over SSH. */
const NOWHERE = { BROWSER: "", DISPLAY: "", WAYLAND_DISPLAY: "" };
const servers = (project: Project) => project.path(".holdfast/servers");

describe("over a server that runs", () => {
  let serving: Serving;
  beforeAll(async () => {
    serving = await serve(["--no-worker"]);
    const made = await serving.ask("POST", "/api/runs", {
      workflow: "brief",
      input: { topic: "tides" },
      runId: "tides-1",
    });
    expect(made.status).toBe(201);
  });

  test("open hands a file to the browser that leads to the run; the token is in it alone, for its owner alone", async () => {
    const { project, url, token } = serving;
    const browser = await fakeBrowser(project);
    const { code, stdout, stderr } = await project.run(["open", "tides"], { env: { BROWSER: browser.program } });
    expect([code, stdout, stderr]).toEqual([0, `Opened ${url}/runs/tides-1\n`, ""]);
    const opened = await browser.opened();
    expect(opened).toMatch(/^file:\/\/\S+\.html$/);
    expect(opened).not.toContain(token);
    const file = fileURLToPath(opened);
    expect(await readFile(file, "utf8")).toContain(`url=${url}/runs/tides-1#t=${token}"`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(servers(project))).mode & 0o777).toBe(0o700);
  });

  test("without a run it is the page; where no browser is, or it fails, the address is printed", async () => {
    const { project, url, token } = serving;
    const nowhere = await project.run(["open"], { env: NOWHERE });
    expect(nowhere).toMatchObject({
      code: 0,
      stdout: `${url}/#t=${token}\n`,
      stderr: expect.stringContaining("Cannot open a browser here"),
    });
    const failing = await fakeBrowser(project, 3);
    for (const BROWSER of [failing.program, project.path("no-such-program")]) {
      const { code, stdout } = await project.run(["open", "@last"], { env: { ...NOWHERE, BROWSER } });
      expect([code, stdout]).toEqual([0, `${url}/runs/tides-1#t=${token}\n`]);
    }
    const { stdout } = await project.run(["open", "@last", "--json"], { env: NOWHERE });
    const page = `${url}/runs/tides-1`;
    expect(JSON.parse(stdout)).toEqual({ url: page, openUrl: `${page}#t=${token}`, isOpened: false });
  });

  test("show --url prints the address to be handed on, without the token, wherever --url stands", async () => {
    const { project, url } = serving;
    for (const words of [
      ["show", "tides-1", "--url"],
      ["show", "--url", "tides-1"],
      ["show", "@last", "--page-url"],
    ]) {
      expect(await project.run(words)).toMatchObject({ code: 0, stdout: `${url}/runs/tides-1\n`, stderr: "" });
    }
    expect(await project.json(["show", "tides-1", "--url"])).toEqual({ url: `${url}/runs/tides-1` });
    // With a store's address it is the store, as everywhere.
    const store = `sqlite:${project.path(".holdfast/holdfast.db")}`;
    expect(await project.json(["show", "tides-1", "--url", store])).toMatchObject({ id: "tides-1" });
    expect(await project.json(["show", "tides-1", `--url=${store}`])).toMatchObject({ id: "tides-1" });
  });

  test("a run that is not there is 5, and the record of the server holds no token", async () => {
    const { project, token, url, pid } = serving;
    expect(await project.json<Problem>(["open", "no-such-run"], 5)).toMatchObject({ code: "RUN_NOT_FOUND" });
    const names = (await readdir(servers(project))).filter((name) => name.endsWith(".server.json"));
    expect(names).toHaveLength(1);
    const text = await readFile(join(servers(project), names[0] ?? ""), "utf8");
    expect(text).not.toContain(token);
    expect(JSON.parse(text)).toMatchObject({ url, takesToken: true, holder: { pid } });
  });

  test("a second server on its port is told who listens there, and how its page is opened", async () => {
    const { project, url, pid } = serving;
    const again = await project.run(["serve", `--port=${new URL(url).port}`, "--no-worker"]);
    expect(again.code).toBe(7);
    expect(again.stderr).toContain(`holdfast serve is already running there for this folder, as process ${pid}`);
    expect(again.stderr).toContain("holdfast open");
  });

  test("records that are none, or lead elsewhere, are passed over", async () => {
    const { project, url } = serving;
    const holder = { name: "x", host: "elsewhere", pid: 1, bootId: "b", pidNamespace: "n", processStart: "1" };
    const later = { startedAt: Date.now() + 1e6, takesToken: true, holder };
    // Port 9 of this machine: nobody answers there.
    for (const [name, text] of [
      ["torn", '{"url":'],
      ["null", "null"],
      ["script", JSON.stringify({ ...later, url: "javascript:alert(1)" })],
      ["gone", JSON.stringify({ ...later, url: "http://127.0.0.1:9" })],
    ]) {
      await writeFile(join(servers(project), `${name}.server.json`), text ?? "");
    }
    expect((await project.run(["show", "tides-1", "--url"])).stdout).toBe(`${url}/runs/tides-1\n`);
  });
});

describe("where no server runs", () => {
  test.each([["open"], ["open", "x"], ["show", "x", "--url"]])(
    "%s %s is 7, with the cure, and makes no store",
    async (...words) => {
      const project = await makeProject();
      const { code, stderr } = await project.run(words);
      expect([code, stderr]).toEqual([
        7,
        expect.stringMatching(/No server is running for .*\.holdfast\.\n.*holdfast serve/s),
      ]);
      expect(await readdir(project.folder)).toEqual([]);
    },
  );

  test("what a killed server left is recognized, and the next one removes it; a stopped one leaves nothing", async () => {
    const { project, running, url } = await serve(["--no-worker"]);
    running.child.kill("SIGKILL");
    await running.ended;
    expect(await project.json<Problem>(["open"], 7)).toMatchObject({
      code: "SERVER_NOT_RUNNING",
      detail: expect.stringContaining(`the last one, at ${url}, has ended`),
    });
    const next = await serve(["--no-worker"], project);
    expect((await project.run(["open"], { env: NOWHERE })).stdout).toContain(next.url);
    expect(await readdir(servers(project))).toHaveLength(1);
    next.running.child.kill("SIGTERM");
    await next.running.ended;
    expect(await readdir(servers(project))).toEqual([]);
  });

  test("a server whose callers bring their own credentials is opened without one", async () => {
    const project = await makeProject();
    const sha256 = "0".repeat(64);
    const key = { id: "abcd", name: "a", user: "a", role: "viewer", sha256 };
    await project.write(
      "holdfast.config.mjs",
      `export default { workflows: [], server: { auth: { apiKeys: [${JSON.stringify(key)}] } } };\n`,
    );
    const running = project.spawn(["serve", "--port=0", "--no-worker", "--json", "--log-level=warn"], { isBare: true });
    const { url } = JSON.parse(await running.said(/\{[\s\S]*\}/)) as { url: string };
    const browser = await fakeBrowser(project);
    expect((await project.run(["open"], { isBare: true, env: { BROWSER: browser.program } })).code).toBe(0);
    expect(await browser.opened()).toBe(`${url}/`);
    running.child.kill("SIGTERM");
    await running.ended;
  });
});
