/** Says which process runs which test file, for the deadline that `reporter.mjs` keeps. Does nothing in a bare `vitest run`. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect } from "vitest";

const folder = process.env.HOLDFAST_TEST_RUNNING;
if (folder !== undefined) {
  const path = join(folder, String(process.pid));
  writeFileSync(path, expect.getState().testPath ?? "");
  afterAll(() => rmSync(path, { force: true }));
}
