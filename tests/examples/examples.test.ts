/** The programs of examples/, run as a reader would run them. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openHoldfast } from "holdfast";
import { expect, test, vi } from "vitest";

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

test("schedule.ts writes a report when it is triggered, and says when the next one comes", async () => {
  expect(await runExample("schedule.ts", "now")).toEqual([
    "sold in north: 42",
    expect.stringMatching(/^then daily at 02:30 in Europe\/Oslo, next at 20\d\d-\d\d-\d\dT0[01]:[03]0:00\.000Z$/),
  ]);
});

test("approval.ts, killed while it waits and answered meanwhile, publishes when it is started again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-example-"));
  const program = [join(ROOT, "node_modules/.bin/jiti"), join(ROOT, "examples/approval.ts"), "tides"];
  const killed = spawn(process.execPath, program, { cwd: folder, stdio: "ignore" });
  try {
    const dataDir = join(folder, ".holdfast");
    const ended = once(killed, "exit");
    await using holdfast = await openHoldfast({
      url: `sqlite:${join(dataDir, "holdfast.db")}`,
      dataDir,
      workflows: [],
    });
    const isWaiting = async () => (await holdfast.runs.list({ status: "waiting" })).rows.length === 1;
    await vi.waitUntil(isWaiting, { timeout: 60_000, interval: 50 });
    killed.kill("SIGKILL");
    await ended;
    await holdfast.answer("tides", "approve-1", { publish: true });
    expect(await runIn(folder, "approval.ts", "tides")).toEqual([
      "published: tides",
      expect.stringMatching(/^completed published, says \S+$/),
    ]);
  } finally {
    killed.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
});

test("checkpoint.ts continues from the page it had saved", async () => {
  expect(await runExample("checkpoint.ts")).toEqual([
    "paused after 2 pages",
    '{"low":1,"tide":4,"high":1,"spring":1,"neap":1} after 4 pages of 4',
  ]);
});

/** Scores a record by its text; every seventh call is answered 503. Records which records it scored. */
async function openScorer() {
  const scored: string[] = [];
  let calls = 0;
  let look = () => {};
  const server = createServer(async (request, response) => {
    const { id, text } = (await json(request)) as { id: string; text: string };
    if (++calls % 7 === 0) return response.writeHead(503).end();
    scored.push(id);
    look();
    return response.setHeader("content-type", "application/json").end(JSON.stringify({ score: text.length }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`,
    scored,
    has: (count: number) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (scored.length >= count) resolve();
        };
        look();
      }),
    close: () => server.close(),
  };
}

test("nightly.ts, killed on both of two nights, scores every record of each and continues where it stopped", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-example-"));
  const scorer = await openScorer();
  const write = (ids: readonly number[]) =>
    writeFile(join(folder, "records.csv"), `id,text\n${ids.map((id) => `r${id},text of ${id}`).join("\n")}\n`);
  try {
    for (const [night, from] of [
      ["2026-11-28", 0],
      ["2026-11-29", 50],
    ] as const) {
      const ids = Array.from({ length: 400 }, (_, i) => from + i);
      await write(ids);
      scorer.scored.length = 0;
      const program = [join(ROOT, "node_modules/.bin/jiti"), join(ROOT, "examples/nightly.ts")];
      const killed = spawn(process.execPath, [...program, "records.csv", night, scorer.url], {
        cwd: folder,
        stdio: "ignore",
      });
      await scorer.has(250);
      killed.kill("SIGKILL");
      await once(killed, "exit");
      const [line] = await runIn(folder, "nightly.ts", "records.csv", night, scorer.url);
      expect(line).toMatch(/^run-\S+ completed \{"records":400,"scored":400\}$/);
      expect(new Set(scorer.scored)).toEqual(new Set(ids.map((id) => `r${id}`)));
      // Scored twice are the records in flight when the process died, and those whose commit was being gathered or
      // written.
      expect(scorer.scored.length - 400).toBeLessThanOrEqual(8 + 2 * 100);
      expect(await runIn(folder, "nightly.ts", "records.csv", night, scorer.url)).toEqual([line]);
    }
  } finally {
    scorer.close();
    await rm(folder, { recursive: true, force: true });
  }
});
