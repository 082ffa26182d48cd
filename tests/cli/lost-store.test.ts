/** A store that is created beside the folders of runs it should contain is not created silently. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeProject } from "./harness.js";

/** Node prints its warnings to the standard error of the process itself. */
const apart = { isApart: true };

test("a missing or empty store beside run folders is reported; a first start and an existing store are not", async () => {
  const project = await makeProject();
  const file = join(project.folder, ".holdfast", "holdfast.db");
  const first = await project.run(["start", "brief", "--topic=tides", "--run-id=r-1"], apart);
  expect([first.code, first.stderr]).toEqual([0, expect.not.stringContaining("HOLDFAST_STORE_REMADE")]);
  expect((await project.run(["runs"], apart)).stderr).not.toContain("HOLDFAST_STORE_REMADE");
  rmSync(file);
  writeFileSync(file, "");
  const empty = await project.run(["runs"], apart);
  expect(empty.stderr).toMatch(/HOLDFAST_STORE_REMADE.*was empty.*the folder of 1 run\./);
  rmSync(file);
  expect((await project.run(["runs"], apart)).stderr).toMatch(/HOLDFAST_STORE_REMADE.*was missing/);
  expect(existsSync(file)).toBe(true);
});
