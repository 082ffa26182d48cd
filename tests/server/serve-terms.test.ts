/** What `holdfast serve` is told and tells when it starts: addresses, settings, refusals; and `keys new`, whose keys open it. */
import { describe, expect, test } from "vitest";
import { makeProject, type Problem } from "../cli/harness.js";
import { serve } from "./serving.js";

describe("serve", () => {
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
