/** Runs that harm their process, beside four that do nothing wrong: those four complete, and each of the others fails alone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makePlace, type Place, type Process } from "./harness/place.js";
import { waitFor } from "./harness/wait-for.js";

const INNOCENTS = ["a", "b", "c", "d"];
/** A run that kills its process waits 4 s and 8 s between its recoveries. */
const WITHIN_MS = 120_000;

type Queued = readonly [workflow: string, input: object, runId: string];

async function queue(place: Place, bad: readonly Queued[]): Promise<void> {
  const innocent = INNOCENTS.map((run): Queued => ["innocent", {}, run]);
  const runs = [...innocent.slice(0, 2), ...bad, ...innocent.slice(2)];
  const ended = await place.program("harm-runs", [JSON.stringify(runs)]).ended;
  if (ended.code !== 0) throw new Error(ended.stderr);
}

/** A worker that is restarted whenever it ends, as systemd does with `Restart=always`. */
function keepWorking(startWorker: () => Process) {
  const started: Process[] = [];
  let isStopping = false;
  const start = () => {
    const worker = startWorker();
    started.push(worker);
    void worker.ended.then(() => {
      if (!isStopping) start();
    });
  };
  start();
  return {
    started,
    stop: async () => {
      isStopping = true;
      started.at(-1)?.kill("SIGTERM");
      await started.at(-1)?.ended;
    },
  };
}

async function untilAllEnded(place: Place): Promise<void> {
  const isEnded = ({ status }: { readonly status: string }) => status === "completed" || status === "failed";
  await waitFor(() => place.db.runs().every(isEnded) || null, { withinMs: WITHIN_MS, what: "every run to end" });
}

const statuses = (place: Place) => Object.fromEntries(place.db.runs().map(({ run, status }) => [run, status]));
const COMPLETED = Object.fromEntries(INNOCENTS.map((run) => [run, "completed"]));

interface Shown {
  readonly error: { readonly message: string; readonly details: { readonly error: { readonly stack?: string } } };
}

test("an error that is uncaught, or that cannot be read, fails its run with its own message, and the worker continues", async () => {
  const words: Readonly<Record<string, string>> = {
    floating: "nobody awaited me",
    floatingAtTheEnd: "nobody awaited me",
    timer: "thrown in a timer",
    getter: "cannot be read",
    proxy: "cannot be read",
    revoked: "cannot be read",
    endless: "I am my own cause",
    nothing: "undefined",
  };
  const place = await makePlace();
  const harms = Object.keys(words);
  await queue(place, [
    ...harms.map((harm): Queued => ["harmful", { harm }, harm]),
    ["side-by-side", {}, "side-by-side"],
    ["harmful-items", {}, "items"],
  ]);
  const working = keepWorking(() => place.command(["worker", "--concurrency=14"]));
  await untilAllEnded(place);
  await working.stop();
  const failed = Object.fromEntries([...harms, "side-by-side", "items"].map((run) => [run, "failed"]));
  expect(statuses(place)).toEqual({ ...COMPLETED, ...failed });
  expect(working.started).toHaveLength(1);
  // No run was interrupted: each stage of the others ran once.
  for (const run of INNOCENTS) expect(place.journal.all("ran", { run })).toHaveLength(3);

  for (const [run, message] of Object.entries(words)) {
    const { error } = await place.json<Shown>(["show", run]);
    expect(error.message, run).toContain(message);
    if (/nobody|thrown/.test(message)) expect(error.details.error.stack, run).toContain("harms.mjs");
  }
  // The stage that failed did not cut short the other one, which was awaited.
  expect(place.db.attempts("side-by-side").map(({ stage, status }) => [stage, status])).toEqual([
    ["long", "completed"],
    ["short", "failed"],
  ]);
  // Each of these items fails alone.
  const items = place.db.rows<{ key: string; outcome: number }>(
    "SELECT i.key, i.outcome FROM item_result i JOIN map m USING (map_k) JOIN run r USING (run_k) WHERE r.run_id = 'items' ORDER BY i.key",
  );
  expect(Object.fromEntries(items.map(({ key, outcome }) => [key, outcome]))).toEqual({
    ...{ well: 1, "also-well": 1 },
    ...{ floating: 0, floatingAtTheEnd: 0, timer: 0, getter: 0, revoked: 0 },
  });
  expect(place.db.problems()).toEqual([]);
});

describe.concurrent("a run that ends its process fails after three charged recoveries, and the others complete without a charge", () => {
  const env = { NODE_OPTIONS: "--max-old-space-size=80" };

  async function tryOne(harm: string, startWorker: (place: Place) => Process): Promise<number> {
    const place = await makePlace();
    await queue(place, [["harmful", { harm }, "bad"]]);
    const working = keepWorking(() => startWorker(place));
    await untilAllEnded(place);
    await working.stop();
    expect(statuses(place), harm).toEqual({ ...COMPLETED, bad: "failed" });
    expect(place.db.run("bad"), harm).toMatchObject({ reason: "recovered 3 times", recoveries: 3 });
    for (const run of INNOCENTS) expect(place.db.run(run)?.recoveries, `${harm}: ${run}`).toBe(0);
    expect(place.db.problems()).toEqual([]);
    return working.started.length;
  }

  test("where the worker has child processes, which it replaces", async () => {
    const worker = (place: Place) => place.command(["worker", "--concurrency=5"], { env });
    const startCounts = await Promise.all(["exit", "abort", "heap"].map((harm) => tryOne(harm, worker)));
    expect(startCounts).toEqual([1, 1, 1]);
  });

  test("where the worker is part of its user's program, which is restarted", async () => {
    const worker = (place: Place) => place.program("harm-worker", [], { env });
    const startCounts = await Promise.all(["exit", "heap", "timer"].map((harm) => tryOne(harm, worker)));
    // Twice beside other runs, then alone: charged three times, and failed the fourth time.
    for (const count of startCounts) expect(count).toBeGreaterThanOrEqual(7);
  });

  test("and after the first death of its process never executes beside another run", async () => {
    const place = await makePlace();
    await place.json(["start", "exits", "--run-id=bad", "--detach"]);
    for (const run of INNOCENTS) {
      await place.json(["start", "steps", "--steps=4", "--step-ms=200", `--run-id=${run}`, "--detach"]);
    }
    const worker = place.command(["worker", "--until-idle", "--concurrency=5", "--processes=2"]);
    const { code, stderr } = await worker.ended;
    expect(code, stderr).toBe(0);
    expect(INNOCENTS.map((run) => place.db.run(run))).toMatchObject(
      INNOCENTS.map(() => ({ status: "completed", recoveries: 0 })),
    );
    expect(place.db.run("bad")).toMatchObject({ status: "failed", recoveries: 3 });
    // After the first death of its process it never executed beside another run.
    const deaths = place.journal.all("ran", { run: "bad" }).slice(1);
    expect(deaths.length).toBeGreaterThanOrEqual(3);
    for (const { pid, atMs } of deaths) {
      const beside = place.journal.lines().filter((line) => line.pid === pid && line.run !== "bad" && line.run !== "");
      expect(beside.filter((line) => line.atMs > atMs)).toEqual([]);
    }
    expect(place.db.problems()).toEqual([]);
  });
});

test("an error of megabytes is truncated in the records and complete in a file of the run", async () => {
  const place = await makePlace();
  expect((await place.command(["start", "verbose", "--run-id=r"]).ended).code).toBe(1);
  const listed = await place.command(["runs", "--json"]).ended;
  expect(listed.stdout.length).toBeLessThan(64 * 1024);
  const { error } = await place.json<{ error: { message: string; details: { error: { whole: { sha256: string } } } } }>(
    ["show", "r"],
  );
  expect(error.message).toMatch(/huge hhh.*cut, 20000009 characters/);
  for (const { bytes } of place.db.rows<{ bytes: number }>(
    `SELECT max(length(body)) AS bytes FROM event UNION ALL SELECT max(length(last_error)) FROM run
      UNION ALL SELECT max(length(error)) FROM run UNION ALL SELECT max(length(error)) FROM attempt
      UNION ALL SELECT max(length(error)) FROM item_result`,
  )) {
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(17 * 1024);
  }
  const file = join(place.dataDir, "runs", "r", "outputs", `${error.details.error.whole.sha256}.json`);
  expect(JSON.parse(readFileSync(file, "utf8")).message).toBe(`huge ${"h".repeat(20_000_000)} end`);
});
