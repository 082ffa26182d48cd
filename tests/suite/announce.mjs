/**
 * Before and after each test file. Says which process runs it, for the deadline that `reporter.mjs` keeps, and afterwards what it took
 * of the processors, but in a bare `vitest run`. Removes what its fixtures leave (`file-end.ts`).
 */
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, expect } from "vitest";
import { processorMs } from "./processor-time.mjs";

/** Files of `units` share a process: what it took up to the end of the file before is not this one's. */
const UP_TO_HERE = Symbol.for("holdfast.test.processor-ms");

const LEFT = Symbol.for("holdfast.test.file-end");

// Hooks run from the last to the first: this after those of the file.
const folder = process.env.HOLDFAST_TEST_RUNNING;
if (folder !== undefined) {
  const path = join(folder, String(process.pid));
  const file = expect.getState().testPath ?? "";
  writeFileSync(path, file);
  afterAll(() => {
    rmSync(path, { force: true });
    const total = processorMs();
    const line = { kind: "processor", file: relative(process.cwd(), file), ms: total - (globalThis[UP_TO_HERE] ?? 0) };
    globalThis[UP_TO_HERE] = total;
    appendFileSync(process.env.HOLDFAST_TEST_REPORT, `${JSON.stringify(line)}\n`);
  });
}
afterAll(async () => {
  const left = globalThis[LEFT] ?? [];
  while (left.length > 0) await left.pop()();
});
