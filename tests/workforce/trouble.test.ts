/**
 * The process that has the database open is killed, or a file in it cannot grow: the stage is tried once more, then
 * the run is paused with all years that are written. The run never fails because of it, and its results are those of a
 * run without trouble.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { RunView } from "holdfast";
import { expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { hashesOf, makeSimulations } from "./harness.js";

const ARGS = ["start", "workforce-simulation", "--years=2025-2030", "--employees=1500"];
const LONG_MS = 600_000;
/** Changes the limits of a running process; part of util-linux. */
const PRLIMIT = "/usr/bin/prlimit";

/** The process that has the database of a run open; null if there is none. */
function databasePid(runId: string): number | null {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      if (words.includes(`--run=${runId}`) && words.some((word) => word.endsWith("main.js"))) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  return null;
}

test(
  "a killed process: once is repaired, repeatedly pauses the run, which then continues to the same results",
  async () => {
    const { spawn, run, json } = await makeSimulations();
    const expected = await json<RunView>([...ARGS, "--run-id=whole"]);

    const once = spawn([...ARGS, "--run-id=once"]);
    await once.says(/stage year-2026 started/);
    process.kill(databasePid("once") as number, "SIGKILL");
    const ended = await once.ended;
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining("out of memory")]);
    expect(hashesOf(await json<RunView>(["show", "once"]))).toEqual(hashesOf(expected));

    const again = spawn([...ARGS, "--run-id=again"]);
    await again.says(/stage year-2026 started/);
    let hasEnded = false;
    void again.ended.then(() => {
      hasEnded = true;
    });
    const killed = new Set<number>();
    // Each new process as soon as it exists, whichever stage began it.
    while (!hasEnded) {
      const pid = await waitFor(() => hasEnded || databasePid("again"), {
        withinMs: LONG_MS,
        what: "a process, or the end",
      });
      if (pid === true) break;
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        continue; // it has ended since the last look
      }
      killed.add(pid);
    }
    const paused = await again.ended;
    const shown = await json<RunView>(["show", "again"]);
    expect([shown.status, shown.reason, paused.code]).toEqual(["paused", "database process lost", 7]);
    // A process for the first attempt, and one for the second; in addition at most one of the year that overlaps.
    expect([2, 3]).toContain(killed.size);
    expect((await run(["resume", "again"])).code).toBe(0);
    expect(hashesOf(await json<RunView>(["show", "again"]))).toEqual(hashesOf(expected));
  },
  LONG_MS,
);

test(
  "a file that cannot grow (EFBIG): once is repaired by a new process",
  async (context) => {
    if (!existsSync(PRLIMIT)) context.skip("FILE SIZE LIMITS ARE NOT TESTED HERE: prlimit (util-linux) is needed");
    const { spawn, json } = await makeSimulations();
    const expected = await json<RunView>([...ARGS, "--run-id=whole"]);
    const limited = spawn([...ARGS, "--run-id=limited"]);
    await limited.says(/stage year-2026 started/);
    execFileSync(PRLIMIT, ["--pid", String(databasePid("limited")), "--fsize=100000:100000"]);
    const ended = await limited.ended;
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringMatching(/size|too large/)]);
    expect(hashesOf(await json<RunView>(["show", "limited"]))).toEqual(hashesOf(expected));
  },
  LONG_MS,
);
