/** What somebody types first: no word at all, in an empty folder, with a Node that is too old, where nothing can be written. */
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { makeProject } from "./harness.js";

describe("without a word", () => {
  test("the help says where one begins, and in a folder without a configuration how one is made; nothing is written", async () => {
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

  test("where there is a configuration, or help was asked for, it is the help alone", async () => {
    const project = await makeProject();
    expect((await project.run(["--help"], { isBare: true })).stderr).toBe("");
    await project.write("holdfast.config.mjs", "export default { workflows: [] };\n");
    expect((await project.run([], { isBare: true })).stderr).toBe("");
  });
});

test.each(["18.20.4", "20.18.3"])("Node %s is told in a line that it is too old", async (version) => {
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

test("a server whose address cannot be written down serves all the same, and says what is missing", async () => {
  const project = await makeProject();
  // A file where the folder of the records should be.
  await project.write(".holdfast/servers", "");
  const running = project.spawn(["serve", "--port=0", "--no-worker", "--log-level=silent"]);
  await running.says(/holdfast open will not find this server/);
  const address = (await running.said(/Holdfast at http:\/\/[\d.:]+/)).replace("Holdfast at ", "");
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  running.child.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});
