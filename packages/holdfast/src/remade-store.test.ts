/** A store that is made anew beside the folders of runs it should have known is not made in silence. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openHoldfast } from "./open.js";

async function warningsOfOpening(dataDir: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  const hear = (warning: Error & { code?: string }) => {
    if (warning.code === "HOLDFAST_STORE_REMADE") warnings.push(warning.message);
  };
  process.on("warning", hear);
  const holdfast = await openHoldfast({ dataDir, workflows: [] });
  await holdfast.close();
  process.off("warning", hear);
  return warnings;
}

test("a missing or empty store beside run folders is told; a first start and a store in place are not", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "holdfast-remade-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  expect(await warningsOfOpening(dataDir)).toEqual([]);
  await mkdir(join(dataDir, "runs", "r-1"), { recursive: true });
  expect(await warningsOfOpening(dataDir)).toEqual([]);
  const file = join(dataDir, "holdfast.db");
  await rm(file);
  await writeFile(file, "");
  expect(await warningsOfOpening(dataDir)).toEqual([expect.stringMatching(/was empty.*the folder of 1 run:/s)]);
  await rm(file);
  await mkdir(join(dataDir, "runs", "r-2"));
  expect(await warningsOfOpening(dataDir)).toEqual([expect.stringMatching(/was missing.*the folders of 2 runs:/s)]);
});
