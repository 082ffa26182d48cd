/** One run that harms its process, beside four that do nothing wrong: they complete, and it alone fails. */
import { describe, expect, test } from "vitest";
import { makePlace, type Place, type Process } from "./harness/place.js";
import { waitFor } from "./harness/wait-for.js";

const INNOCENTS = ["a", "b", "c", "d"];
/** A run that kills its process waits 4 s and 8 s between its recoveries. */
const WITHIN_MS = 90_000;

async function startAll(place: Place, bad: readonly string[]): Promise<void> {
  const runs = INNOCENTS.map((run) => ["innocent", `--run-id=${run}`]);
  for (const run of [...runs.slice(0, 2), [...bad, "--run-id=bad"], ...runs.slice(2)]) {
    await place.json(["start", ...run, "--detach"]);
  }
}

/** A worker that is started anew whenever it ends, as systemd does with `Restart=always`. */
function keepWorking(place: Place, env: Readonly<Record<string, string>> = {}) {
  const started: Process[] = [];
  let isStopping = false;
  const start = () => {
    const worker = place.command(["worker", "--concurrency=5"], { env });
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
  await waitFor(() => place.db.runs().every(({ status }) => status === "completed" || status === "failed") || null, {
    withinMs: WITHIN_MS,
    what: "every run to end",
  });
}

const statuses = (place: Place) => Object.fromEntries(place.db.runs().map(({ run, status }) => [run, status]));
const EXPECTED = { a: "completed", b: "completed", c: "completed", d: "completed", bad: "failed" };

describe("an error that nobody caught, or that nobody can read", () => {
  test.each([
    ["floating", "nobody awaited me"],
    ["floatingAtTheEnd", "nobody awaited me"],
    ["timer", "thrown in a timer"],
    ["getter", "cannot be read"],
    ["proxy", "cannot be read"],
    ["revoked", "cannot be read"],
    ["endless", "I am my own cause"],
    ["nothing", "undefined"],
  ])("%s: fails its run with its own words, and the worker goes on", async (harm, message) => {
    const place = await makePlace();
    await startAll(place, ["harmful", `--harm=${harm}`]);
    const working = keepWorking(place);
    await untilAllEnded(place);
    await working.stop();
    expect(statuses(place)).toEqual(EXPECTED);
    expect(working.started).toHaveLength(1);
    const bad = await place.json<{ error: { message: string; details: { error: { stack?: string } } } }>([
      "show",
      "bad",
    ]);
    expect(bad.error.message).toContain(message);
    if (message.startsWith("nobody") || message.startsWith("thrown")) {
      expect(bad.error.details.error.stack).toContain("harms.mjs");
    }
    // Nobody was interrupted: each stage of the others ran once.
    for (const run of INNOCENTS) expect(place.journal.all("ran", { run })).toHaveLength(3);
    expect(place.db.problems()).toEqual([]);
  });

  test("of two stages side by side the one that fails unawaited fails its run alone, once the other has ended", async () => {
    const place = await makePlace();
    await startAll(place, ["side-by-side"]);
    const working = keepWorking(place);
    await untilAllEnded(place);
    await working.stop();
    expect(statuses(place)).toEqual(EXPECTED);
    expect(working.started).toHaveLength(1);
    expect(place.db.attempts("bad").map(({ stage, status }) => [stage, status])).toEqual([
      ["long", "completed"],
      ["short", "failed"],
    ]);
  });
});

describe("a run that ends its process", () => {
  test.each(["exit", "abort", "heap"])(
    "by %s: fails after three recoveries of its own, and the others complete",
    async (harm) => {
      const place = await makePlace();
      await startAll(place, ["harmful", `--harm=${harm}`]);
      const working = keepWorking(place, { NODE_OPTIONS: "--max-old-space-size=80" });
      await untilAllEnded(place);
      await working.stop();
      expect(statuses(place)).toEqual(EXPECTED);
      expect(place.db.run("bad")).toMatchObject({ reason: "recovered 3 times", recoveries: 3 });
      // Whoever was in the process when it died was not charged for it.
      for (const run of INNOCENTS) expect(place.db.run(run)?.recoveries, run).toBe(0);
      expect(place.db.problems()).toEqual([]);
    },
  );
});
