/**
 * Suggested commands repeat the given arguments and work as printed; a preview of thousands of runs is written to a
 * file; runs are found by their fields.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { defineWorkflow, openHoldfast } from "holdfast";
import { expect, test } from "vitest";
import { z } from "zod";
import { killRun, makeProject, type Project } from "./harness.js";

/** The arguments of the command in a message, as a shell would split them. */
function wordsOf(text: string, command: string): string[] {
  const line = text.split(`holdfast ${command}`)[1]?.split("\n")[0] ?? "";
  const words = [...line.matchAll(/ (?:'((?:[^']|'\\'')*)'|([^ ]+))/g)].map(([, quoted, plain]) => {
    return quoted === undefined ? (plain ?? "") : quoted.replaceAll("'\\''", "'");
  });
  return [...command.split(" "), ...words];
}

/** Completed runs of the fixture's workflow, created in this process: starting the command for each would take a minute. */
async function fill(project: Project, count: number): Promise<void> {
  const brief = defineWorkflow({
    name: "brief",
    input: z.object({ topic: z.string() }),
    search: ["topic"],
    run: () => 1,
  });
  await using holdfast = await openHoldfast({ dataDir: join(project.folder, ".holdfast"), workflows: [brief] });
  const topics = ["tides & fjords", "storms"];
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      holdfast.start(brief, { topic: topics[i % 2] ?? "" }, { runId: `run-${i}`, owner: i % 2 ? "o'hara" : "ann" }),
    ),
  );
  await holdfast.work({ concurrency: 50, untilIdle: true });
}

test("after a check of cleanup, recover and timeouts the suggested command is complete, and does what was shown", async () => {
  const project = await makeProject();
  await fill(project, 120);
  const typed = [
    "cleanup",
    "--days=0",
    "--owner=o'hara",
    "--keep-last",
    "3",
    "--reason=spring's cleaning",
    "--check-only",
  ];
  const check = await project.run([...typed, "--out=plan.csv"]);
  expect([check.code, check.stdout]).toEqual([8, expect.stringContaining("Would remove 58 runs")]);
  const words = wordsOf(check.stderr, "cleanup");
  expect(words).toEqual(expect.arrayContaining(["--owner=o'hara", "--keep-last=3", "--reason=spring's cleaning"]));
  expect(words.join(" ")).not.toMatch(/check-only|--out/);
  const rows = (await readFile(project.path("plan.csv"), "utf8")).trim().split("\r\n");
  expect([rows[0], rows.length]).toEqual(["runId,workflow,owner,status,finishedAt,sizeBytes", 59]);
  expect(rows[1]).toMatch(/^run-1,brief,o'hara,completed,\d{4}-\d\d-\d\dT.*Z,\d+$/);
  const lines = await project.run([...typed, "--verbose", "--out=plan.jsonl"]);
  expect(lines.code).toBe(8);
  expect(JSON.parse((await readFile(project.path("plan.jsonl"), "utf8")).split("\n")[0] ?? "")).toMatchObject({
    runId: "run-1",
    status: "completed",
  });
  const done = await project.run(words);
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining("Removed 58 runs")]);

  await killRun(project, "g");
  const recover = await project.run(["recover", "--check-only", "--max-retries=5", "--reason=power cut"]);
  const recoverWords = wordsOf(recover.stderr, "recover");
  expect(recoverWords).toEqual(expect.arrayContaining(["--max-retries=5", "--reason=power cut"]));
  expect((await project.run(recoverWords)).code).toBe(0);
});

test("runs are found by a search field, shown with it, and the next page is requested with the same filters", async () => {
  const project = await makeProject();
  await fill(project, 6);
  const { stdout, stderr, code } = await project.run(["runs", "--field", "topic=TIDES & fjords", "--limit=2"]);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/FIELDS[\s\S]*topic=tides & fjords/);
  expect(stdout.match(/run-\d/g)).toHaveLength(2);
  const next = wordsOf(stderr, "runs");
  expect(next).toContain("--field=topic=TIDES & fjords");
  expect((await project.run(next)).stdout.match(/run-\d/g)).toHaveLength(1);
  const { rows } = await project.json<{ rows: { id: string; search: object }[] }>(["runs", "--field=topic=storms"]);
  expect(rows.map(({ search }) => search)).toEqual(Array.from({ length: 3 }, () => ({ topic: "storms" })));
  for (const [field, message] of [
    ["topic", "country=NO is expected"],
    ["planet=mars", '"planet" is no search field'],
  ] as const) {
    const refused = await project.run(["runs", `--field=${field}`]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});
