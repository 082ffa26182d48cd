import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow } from "@holdfast/engine";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readEnvironment } from "./cli/environment.js";
import { environmentName, findConfigProblem, mergeSettings } from "./config.js";
import { loadConfig } from "./config-file.js";
import { mergeRetention } from "./retention-settings.js";
import { WorkflowLoader } from "./workflow-loading.js";

const brief = defineWorkflow({ name: "brief", input: z.object({}), run: () => null });

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-config-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe("the configuration file", () => {
  test("is optional", async () => {
    const folder = await folderWith({});
    expect(await loadConfig(folder)).toEqual({ config: { workflows: [] }, file: null, folder });
  });

  test("is read as TypeScript, JavaScript or a module, the first of them", async () => {
    const folder = await folderWith({
      "holdfast.config.mjs": 'export default { dataDir: "from-mjs", workflows: [] };',
    });
    expect((await loadConfig(folder)).config.dataDir).toBe("from-mjs");
    await writeFile(
      join(folder, "holdfast.config.ts"),
      'const dir: string = "from-ts";\nexport default { dataDir: dir, workflows: [] };',
    );
    expect((await loadConfig(folder)).config.dataDir).toBe("from-ts");
  });

  test("can be named, and one that is not there is an error", async () => {
    const folder = await folderWith({ "other.mjs": "export default { leaseMs: 3000, workflows: [] };" });
    expect((await loadConfig(folder, "other.mjs")).config.leaseMs).toBe(3_000);
    await expect(loadConfig(folder, "none.mjs")).rejects.toThrow("none.mjs: there is no such configuration file");
  });

  test.each([
    [
      "a key that is none",
      "export default {\n  workflow: [],\n};",
      'line 2: there is no setting "workflow". Did you mean workflows?',
    ],
    [
      "a duration in words",
      'export default {\n  workflows: [],\n  leaseMs: "3s",\n};',
      'line 3: leaseMs: whole milliseconds are expected, "3s" was given',
    ],
    [
      "a list of something else",
      "export default {\n\n  workflows: [{}],\n};",
      "line 3: workflows[0]: the return value of defineWorkflow() is expected",
    ],
    ["no default export", "export const config = 1;", "the default export must be a configuration"],
    ["no workflows", "export default {};", "workflows is missing"],
    [
      "a thrown error",
      'const a = 1;\n\nthrow new Error("no key in sight");\nexport default a;',
      "line 3: no key in sight",
    ],
  ])("names file and line of %s", async (_what, text, message) => {
    for (const name of ["holdfast.config.ts", "holdfast.config.mjs"]) {
      const folder = await folderWith({ [name]: text });
      const failing = loadConfig(folder);
      await expect(failing).rejects.toThrow(message);
      await expect(failing).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        details: { subject: expect.stringContaining(name) },
      });
    }
  });

  test("names the line of a syntax error", async () => {
    const folder = await folderWith({ "holdfast.config.ts": "export default {\n  workflows: [,\n  url: 3 3,\n};" });
    await expect(loadConfig(folder)).rejects.toThrow(/^holdfast\.config\.ts, line 3: /);
  });

  test("may give its workflows by a function, checked when it is called", async () => {
    expect(await new WorkflowLoader(async () => [brief], "config").all()).toEqual([brief]);
    await expect(new WorkflowLoader((() => [1]) as never, "config").all()).rejects.toThrow("config: workflows[0]");
    expect(findConfigProblem({ workflows: [brief, brief] })?.problem).toBe('workflows: "brief" appears twice');
  });

  test("may give each workflow by name, loaded when it is asked for, once", async () => {
    let loads = 0;
    const loader = new WorkflowLoader(
      {
        brief: () => {
          loads++;
          return brief;
        },
        other: () => brief,
        none: () => 1 as never,
      },
      "config",
    );
    expect([await loader.names(), loads]).toEqual([["brief", "other", "none"], 0]);
    expect([await loader.one("brief"), await loader.one("brief"), loads]).toEqual([brief, brief, 1]);
    await expect(loader.one("other")).rejects.toThrow('the workflow loaded is called "brief"');
    await expect(loader.one("none")).rejects.toThrow(
      "workflows.none: the return value of defineWorkflow() is expected",
    );
    await expect(loader.one("breif")).rejects.toThrow("breif");
  });

  test("may register generators and comparisons, whose shape is checked", () => {
    const generator = { description: "d", options: { cases: { about: "a", type: "integer" } }, run: () => null };
    const problem = (more: object) => findConfigProblem({ workflows: [], ...more })?.problem ?? null;
    expect(problem({ generators: { sample: generator }, comparisons: { brief: () => null }, backup: true })).toBeNull();
    expect(problem({ generators: { Sample: generator } })).toContain("generators.Sample: a name of lower-case");
    expect(problem({ generators: { sample: { ...generator, run: 1 } } })).toContain("{ description, options, run }");
    expect(problem({ generators: { sample: { ...generator, options: { out: {} } } } })).toContain("already has --out");
    expect(problem({ comparisons: { brief: 1 } })).toContain("comparisons.brief: a function");
    expect(problem({ backup: "yes" })).toContain("backup: true or false is expected");
    for (const keepBackups of [0, 1.5, "3"])
      expect(problem({ keepBackups })).toContain("a whole number from 1 is expected");
    expect(problem({ retention: { days: 0 } })).toContain("retention.days: a number of days over 0 is expected");
    expect(problem({ retention: 30 })).toContain("retention: an object such as { days: 30 } is expected");
    expect(problem({ retention: { days: 30, keep: 1 } })).toContain("retention.keep: there is no such field");
    expect(problem({ minFreeBytes: "1 GB" })).toContain("minFreeBytes: whole bytes are expected");
  });
});

describe("settings", () => {
  const layers = { file: {}, fileFolder: "/project", environment: {}, flags: {}, cwd: "/here" };

  test("come from flags over environment over file, paths relative to where they were written", () => {
    expect(mergeSettings(layers)).toEqual({ dataDir: "/project/.holdfast" });
    const file = { dataDir: "data", url: "sqlite:./a.db", leaseMs: 1_000, heartbeatMs: 100 };
    expect(mergeSettings({ ...layers, file })).toEqual({
      ...file,
      dataDir: "/project/data",
      url: "sqlite:/project/a.db",
    });
    const merged = mergeSettings({
      ...layers,
      file,
      environment: { leaseMs: 2_000, dataDir: "env" },
      flags: { leaseMs: 3_000 },
    });
    expect(merged).toMatchObject({ leaseMs: 3_000, heartbeatMs: 100, dataDir: "/here/env" });
  });

  test("leave urls alone that are no relative paths", () => {
    for (const url of ["sqlite::memory:", "postgres://host/db", "sqlite:///abs.db"]) {
      expect(mergeSettings({ ...layers, flags: { url } }).url).toBe(url);
    }
  });

  test("are read from the environment by their names, and one that cannot be is named", () => {
    expect(environmentName("maxBlockedMs")).toBe("HOLDFAST_MAX_BLOCKED_MS");
    const { settings, configFile } = readEnvironment({
      HOLDFAST_URL: "sqlite:a",
      HOLDFAST_LEASE_MS: "3000",
      HOLDFAST_DATA_DIR: "",
      HOLDFAST_CONFIG: "c.ts",
    });
    expect(settings).toEqual({ url: "sqlite:a", leaseMs: 3_000 });
    expect(configFile).toBe("c.ts");
    expect(() => readEnvironment({ HOLDFAST_LEASE_MS: "5m" })).toThrow(
      'HOLDFAST_LEASE_MS: whole milliseconds are expected, "5m" was given',
    );
    expect(() => readEnvironment({ HOLDFAST_STOP_GRACE_MS: "315360000001" })).toThrow(
      "HOLDFAST_STOP_GRACE_MS: at most 315360000000 milliseconds (10 years) are expected",
    );
  });

  test("take the fields of retention one by one from the environment, over those of the file", () => {
    const { retention } = readEnvironment({
      HOLDFAST_RETENTION_DAYS: "7.5",
      HOLDFAST_RETENTION_STATUSES: "completed, failed",
      HOLDFAST_RETENTION_KEEP_LAST: "",
    });
    expect(retention).toEqual({ days: 7.5, statuses: ["completed", "failed"] });
    const file = { days: 30, keepLast: 5 };
    expect(mergeRetention(file, retention)).toEqual({ days: 7.5, keepLast: 5, statuses: ["completed", "failed"] });
    expect(mergeRetention(file, {})).toBe(file);
    expect(mergeRetention(undefined, {})).toBeUndefined();
    expect(() => mergeRetention(undefined, { auditDays: 1 })).toThrow(
      "HOLDFAST_RETENTION_AUDIT_DAYS: retention has no days: set HOLDFAST_RETENTION_DAYS too",
    );
    expect(() => readEnvironment({ HOLDFAST_RETENTION_KEEP_LAST: "1.5" })).toThrow(
      'HOLDFAST_RETENTION_KEEP_LAST: a whole number from 0 is expected, "1.5" was given',
    );
  });

  test("NO_COLOR and a dumb terminal turn colour off, FORCE_COLOR on", () => {
    expect(readEnvironment({ NO_COLOR: "1", FORCE_COLOR: "1" }).colour).toBe("never");
    expect(readEnvironment({ TERM: "dumb" }).colour).toBe("never");
    expect(readEnvironment({ FORCE_COLOR: "1" }).colour).toBe("always");
    expect(readEnvironment({ NO_COLOR: "" }).colour).toBe("auto");
  });
});
