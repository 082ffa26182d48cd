/** The programs of examples/, as a reader would run them. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function runExample(name: string, ...args: string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-example-"));
  try {
    return await runIn(folder, name, ...args);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, name: string, ...args: string[]): Promise<string[]> {
  const program = [join(ROOT, "node_modules/.bin/jiti"), join(ROOT, "examples", name), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: folder, timeout: 100_000 });
  return stdout.trimEnd().split("\n");
}

test("brief.ts writes its brief, and started again answers with the same run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-example-"));
  try {
    const first = await runIn(folder, "brief.ts", "tides");
    expect(first).toEqual([expect.stringMatching(/^run-\d{8}-\d{6}-\w{8} wrote brief\.md, 51 bytes$/)]);
    expect(await runIn(folder, "brief.ts", "tides")).toEqual(first);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("map-with-budget.ts pauses at its budget and pays for nothing twice", async () => {
  expect(await runExample("map-with-budget.ts")).toEqual([
    "paused (budget) after 12 paid calls",
    '{"letters":1050} after 20 paid calls for 20 texts',
  ]);
});

test("checkpoint.ts goes on from the page it had saved", async () => {
  expect(await runExample("checkpoint.ts")).toEqual([
    "paused after 2 pages",
    '{"low":1,"tide":4,"high":1,"spring":1,"neap":1} after 4 pages of 4',
  ]);
});
