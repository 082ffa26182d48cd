/** `openProject` reads what the command reads: the configuration file, then the environment over it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openHoldfast, openProject } from "holdfast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const COMMAND = fileURLToPath(new URL("../../packages/holdfast/bin/holdfast.mjs", import.meta.url));
const HOLDFAST = new URL("../../packages/holdfast/bundle/index.js", import.meta.url).href;
const ZOD = new URL("../../node_modules/zod/index.js", import.meta.url).href;

let folder: string;
const before = { ...process.env };
beforeEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith("HOLDFAST_")) delete process.env[name];
  folder = await mkdtemp(join(tmpdir(), "holdfast-project-"));
});
afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  await rm(folder, { recursive: true, force: true });
});

const config = (settings: string) => `
  import { defineConfig, defineWorkflow } from ${JSON.stringify(HOLDFAST)};
  import { z } from ${JSON.stringify(ZOD)};
  const hello = defineWorkflow({ name: "hello", input: z.object({}), run: () => "hello" });
  export default defineConfig({ workflows: { hello: () => hello }, ${settings} });`;
const writeConfig = (settings: string, name = "holdfast.config.mjs") => writeFile(join(folder, name), config(settings));

describe("openProject", () => {
  test("opens the store of the configuration, relative to its file, with its workflows", async () => {
    await writeConfig('dataDir: "data"');
    await using holdfast = await openProject({ cwd: folder });
    expect(holdfast.dataDir).toBe(join(folder, "data"));
    expect(holdfast.workflows.map(({ name }) => name)).toEqual(["hello"]);
    expect(holdfast.actor.via).toBe("library");
  });

  test("and the command see the same runs", async () => {
    await writeConfig('dataDir: "data"');
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, "start", "hello", "--json"], {
      cwd: folder,
    });
    const { id } = JSON.parse(stdout) as { id: string };
    await using holdfast = await openProject({ cwd: folder });
    expect(await (await holdfast.handle(id)).result()).toBe("hello");
  });

  test("lets HOLDFAST_* go before the file, as the command does", async () => {
    await writeConfig('dataDir: "data", retention: { days: 3 }');
    process.env.HOLDFAST_DATA_DIR = join(folder, "elsewhere");
    process.env.HOLDFAST_RETENTION_DAYS = "7";
    await using holdfast = await openProject({ cwd: folder });
    expect(holdfast.dataDir).toBe(join(folder, "elsewhere"));
    expect((await holdfast.management.stats()).config.retention).toEqual({ days: 7 });
  });

  test("takes the configuration file that is named, before HOLDFAST_CONFIG", async () => {
    await writeConfig('dataDir: "a"', "a.config.mjs");
    await writeConfig('dataDir: "b"', "b.config.mjs");
    process.env.HOLDFAST_CONFIG = join(folder, "b.config.mjs");
    {
      await using holdfast = await openProject({ cwd: folder });
      expect(holdfast.dataDir).toBe(join(folder, "b"));
    }
    await using holdfast = await openProject({ cwd: folder, configFile: "a.config.mjs" });
    expect(holdfast.dataDir).toBe(join(folder, "a"));
  });

  test("names what cannot be read: a missing file, a variable, an option", async () => {
    const invalid = (subject: string) => ({ code: "CONFIG_INVALID", details: { subject } });
    await expect(openProject({ cwd: folder, configFile: "no.mjs" })).rejects.toMatchObject(invalid("no.mjs"));
    process.env.HOLDFAST_LEASE_MS = "soon";
    await expect(openProject({ cwd: folder })).rejects.toMatchObject(invalid("HOLDFAST_LEASE_MS"));
    await expect(openProject({ cmd: folder } as never)).rejects.toThrow(
      "cmd: there is no such option; did you mean cwd?",
    );
  });
});

test("openHoldfast reads neither file nor environment", async () => {
  await writeConfig('dataDir: "data"');
  process.env.HOLDFAST_URL = `sqlite:${join(folder, "never.db")}`;
  process.env.HOLDFAST_DATA_DIR = join(folder, "never");
  process.env.HOLDFAST_CONFIG = join(folder, "holdfast.config.mjs");
  await using holdfast = await openHoldfast({ dataDir: join(folder, "mine"), workflows: [] });
  expect([holdfast.dataDir, holdfast.workflows]).toEqual([join(folder, "mine"), []]);
  expect(holdfast.store.location).toContain(join(folder, "mine"));
});
