/**
 * A user's first commands: without arguments, in an empty folder, with a Node that is too old, and where nothing can be
 * written.
 */
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { makeProject } from "./harness.js";

describe("without arguments", () => {
  test("the help says how to begin, and in a folder without a configuration how to create one; nothing is written", async () => {
    const project = await makeProject();
    const { code, stdout, stderr } = await project.run([], { isBare: true });
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining("no holdfast.config.ts in this folder. Create one: export default"),
    ]);
    const groups = [...stdout.matchAll(/^([A-Z][a-z ]+)$/gm)].map(([, name]) => name);
    expect(groups.slice(0, 2)).toEqual(["Begin here", "Steer a run"]);
    expect(stdout.indexOf("  start ")).toBeLessThan(stdout.indexOf("  db migrate "));
    expect(await readdir(project.folder)).toEqual([]);
  });

  test("with a configuration, or with --help, it prints only the help", async () => {
    const project = await makeProject();
    expect((await project.run(["--help"], { isBare: true })).stderr).toBe("");
    await project.write("holdfast.config.mjs", "export default { workflows: [] };\n");
    expect((await project.run([], { isBare: true })).stderr).toBe("");
  });
});

test.each(["18.20.4", "20.18.3"])("Node %s is reported in one line as too old", async (version) => {
  const project = await makeProject();
  const pretend = await project.write(
    "pretend.mjs",
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });\n`,
  );
  const env = { NODE_OPTIONS: `--import=${pretend}` };
  const { code, stdout, stderr } = await project.run(["runs"], { isApart: true, env });
  expect([code, stdout]).toEqual([7, ""]);
  expect(stderr).toContain(`Holdfast needs Node 20.19 or later; this is ${version}.`);
});

test("a server whose address cannot be recorded works anyway, and says what is missing", async () => {
  const project = await makeProject();
  // A file in place of the folder for the records.
  await project.write(".holdfast/servers", "");
  const running = project.spawn(["serve", "--port=0", "--no-worker", "--log-level=silent"]);
  await running.says(/holdfast open will not find this server/);
  const address = (await running.said(/Holdfast at http:\/\/[\d.:]+/)).replace("Holdfast at ", "");
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  running.child.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});
