/**
 * Lead qualification in real processes, killed in the middle: what was judged before is kept to the byte, nobody is judged
 * twice, and the ranking is that of a run nobody disturbed. Without a model, and with one that keeps its own account.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeProspects } from "@holdfast/lead-qualification";
import { readJournal } from "@holdfast/testkit";
import { DatabaseSync } from "@photostructure/sqlite";
import { expect, test } from "vitest";
import { makeProject, type Project } from "../cli/harness.js";
import { journalHas, killed, ok, startServer } from "./bench.js";

const env = { HOLDFAST_CONFIG: fileURLToPath(new URL("../../holdfast.config.ts", import.meta.url)) };
const ICP = fileURLToPath(new URL("../../examples/icp.yaml", import.meta.url));

interface Recorded {
  readonly key: string;
  readonly attempt: number;
  readonly started_at: number;
  readonly finished_at: number;
  readonly output: string;
}

function recorded(project: Project, runId: string): Recorded[] {
  const database = new DatabaseSync(project.path(".holdfast/holdfast.db"), { readOnly: true });
  try {
    const query = `SELECT i.key, i.attempt, i.started_at, i.finished_at, i.output FROM item_result i JOIN map m USING (map_k)
      JOIN run r USING (run_k) WHERE r.run_id = ? ORDER BY i.key`;
    return database.prepare(query).all(runId) as never;
  } finally {
    database.close();
  }
}

const rankedCsv = (project: Project, runId: string) =>
  readFile(project.path(`.holdfast/runs/${runId}/stages/export/attempt-1/ranked.csv`), "utf8");

/** Everything recorded before is there as it was, and each key once. */
function expectKept(before: readonly Recorded[], after: readonly Recorded[]): void {
  const byKey = new Map(after.map((row) => [row.key, row]));
  expect(byKey.size).toBe(after.length);
  for (const row of before) expect(byKey.get(row.key)).toEqual(row);
}

test("5,000 prospects, killed half-way: none is judged twice, and the ranking is that of an undisturbed run, to the byte", async () => {
  const project = await makeProject();
  const count = 5_000;
  const file = project.path("prospects.csv");
  await writeProspects(file, { count, seed: 7 });
  const start = (runId: string) =>
    project.spawn(["start", "lead-qualification", "--prospects", file, "--icp", ICP, "--run-id", runId], { env });
  await ok(start("whole"));
  const running = start("cut");
  await running.says(/stage qualify: \d+ of 5,000 items/);
  await killed(running);
  const before = recorded(project, "cut");
  expect(before.length).toBeGreaterThan(0);
  expect(before.length).toBeLessThan(count);
  await ok(project.spawn(["resume", "cut"], { env }));
  const after = recorded(project, "cut");
  expect(after).toHaveLength(count);
  expectKept(before, after);
  expect(await rankedCsv(project, "cut")).toBe(await rankedCsv(project, "whole"));
});

test("with a model, killed twice: every prospect is paid once, but for those under way at a kill", async () => {
  const project = await makeProject();
  const count = 500;
  const concurrency = 8;
  const file = project.path("prospects.csv");
  await writeProspects(file, { count, seed: 11 });
  const journalFile = project.path("journal.jsonl");
  const { port } = await startServer(["--journal", journalFile, "--latency", "20,40"]);
  const model = {
    provider: "openai-compatible",
    name: "test-model",
    baseUrl: `http://127.0.0.1:${port}/v1`,
    structuredOutput: true,
  };
  const input = await project.write("input.json", JSON.stringify({ prospects: file, icp: ICP, model, concurrency }));
  const start = (runId: string) =>
    project.spawn(["start", "lead-qualification", "--input", input, "--run-id", runId], { env });
  await ok(start("whole"));
  const calls = readJournal(journalFile).length;
  expect(calls).toBeGreaterThan(100);
  let running = start("cut");
  for (const share of [0.3, 0.6]) {
    await journalHas(journalFile, calls + Math.floor(calls * share), running);
    await killed(running);
    const before = recorded(project, "cut");
    running = project.spawn(["resume", "cut"], { env });
    await journalHas(journalFile, readJournal(journalFile).length + 1, running);
    expectKept(before, recorded(project, "cut"));
  }
  await ok(running);
  const after = recorded(project, "cut");
  expect(after).toHaveLength(count);
  const paid = readJournal(journalFile).filter((line) => line.paid && line.key.startsWith("cut:"));
  expect(new Set(paid.map(({ key }) => key)).size).toBe(calls);
  // Answered and not yet committed, or not yet answered, when a process died.
  expect(paid.length - calls).toBeLessThanOrEqual(2 * (concurrency + RESULTS_PER_COMMIT));
  // The server answers by the text alone, so even what was asked twice was answered alike.
  expect(await rankedCsv(project, "cut")).toBe(await rankedCsv(project, "whole"));
});

/** What the engine gathers before it commits. */
const RESULTS_PER_COMMIT = 100;
