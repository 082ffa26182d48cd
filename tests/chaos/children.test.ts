import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { JournalLine } from "./harness/journal.js";
import { makePlace, type Place } from "./harness/place.js";
import { monotonicMs, waitFor } from "./harness/wait-for.js";

/** From the kill of a child to the first line of user code in another child, including the time that one needs to start. */
const RECOVERED_MS = 2_000;
/**
 * An orphan with a free event loop ends at once; one with a blocked loop ends at its heartbeat thread's next look,
 * within a second.
 */
const ORPHAN_MS = 3_000;

const runIds = ["a", "b", "c", "d"];

/** Four held runs in the two child processes of one worker. */
async function twoChildren(place: Place) {
  for (const run of runIds) await place.json(["start", "steps", "--hold-at=2", `--run-id=${run}`, "--detach"]);
  const worker = place.command(["worker", "--processes=2"]);
  const lines: JournalLine[] = [];
  for (const run of runIds) {
    lines.push(await place.untilJournal("ran", { run, stage: "step-2", parent: worker.pid }));
  }
  const pids = [...new Set(lines.map(({ pid }) => pid))];
  const runsOf = (pid: number) => lines.filter((line) => line.pid === pid).map(({ run }) => run);
  return { worker, pids, runsOf };
}

describe("a worker with two child processes", () => {
  test("gives each its share of the concurrency, and no child is the worker itself", async () => {
    const place = await makePlace();
    const { worker, pids, runsOf } = await twoChildren(place);
    expect(pids.map((pid) => runsOf(pid).length)).toEqual([2, 2]);
    expect(pids).not.toContain(worker.pid);
    await place.json(["start", "steps", "--run-id=fifth", "--detach"]);
    expect(place.db.rows("SELECT concurrency FROM worker")).toEqual([{ concurrency: 4 }]);
    place.openGate();
    for (const run of [...runIds, "fifth"]) await place.untilStatus(run, "completed");
    // All four places were taken: the fifth run had to wait for one of them.
    const fifth = place.journal.find("ran", { run: "fifth" });
    expect(fifth?.atMs).toBeGreaterThan(place.journal.find("wrote", { stage: "step-2" })?.atMs ?? Infinity);
    worker.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(place.db.problems()).toEqual([]);
  });

  test("resumes the runs of a killed child within two seconds, and leaves those of the other alone", async () => {
    const place = await makePlace();
    const { worker, pids, runsOf } = await twoChildren(place);
    const [killed = 0, other = 0] = pids;
    const killedAtMs = monotonicMs();
    process.kill(killed, "SIGKILL");
    for (const run of runsOf(killed)) {
      const again = await waitFor(
        () => place.journal.all("ran", { run, parent: worker.pid }).find(({ pid }) => pid !== killed),
        { withinMs: 30_000, what: `run ${run} to go on in another child` },
      );
      if (run === runsOf(killed)[0]) expect(again.atMs - killedAtMs).toBeLessThan(RECOVERED_MS);
      if (run === runsOf(killed)[0]) place.openGate();
    }
    await worker.says(new RegExp(`worker process ${killed} ended by SIGKILL; its runs are recovered: `));
    for (const run of runIds) await place.untilStatus(run, "completed");
    for (const run of runsOf(other)) {
      expect(place.journal.all("ran", { run, stage: "step-2" })).toHaveLength(1);
      expect(place.db.attempts(run).every(({ pid }) => pid === other)).toBe(true);
    }
    worker.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
    expect(place.db.problems()).toEqual([]);
  });

  test("leaves no orphan when it is killed, not even one whose event loop is blocked", async () => {
    const place = await makePlace();
    await place.json(["start", "steps", "--spin-at=1", "--spin-ms=600000", "--run-id=spins", "--detach"]);
    await place.json(["start", "steps", "--hold-at=1", "--run-id=holds", "--detach"]);
    const worker = place.command(["worker", "--processes=2", "--concurrency=2"]);
    const lines = [
      await place.untilJournal("ran", { run: "spins" }),
      await place.untilJournal("ran", { run: "holds" }),
    ];
    const pids = new Set(lines.map(({ pid }) => pid));
    expect(pids.size).toBe(2);
    worker.kill("SIGKILL");
    const killedAtMs = monotonicMs();
    await waitFor(() => [...pids].every((pid) => !isAlive(pid)), { withinMs: 30_000, what: "the children to end" });
    expect(monotonicMs() - killedAtMs).toBeLessThan(ORPHAN_MS);
  });

  test("ends in time although a child does not react: it is killed after the grace period, and its run goes back to the queue", async () => {
    const place = await makePlace();
    await place.json(["start", "steps", "--spin-at=1", "--spin-ms=600000", "--run-id=deaf", "--detach"]);
    const worker = place.command(["worker", "--stop-grace-ms=500"]);
    const { pid } = await place.untilJournal("ran", { run: "deaf" });
    worker.kill("SIGTERM");
    const { code, stderr } = await worker.ended;
    expect([code, isAlive(pid)]).toEqual([75, false]);
    expect(stderr).toContain(`worker process ${pid} ended by SIGKILL`);
    expect(place.db.run("deaf")).toMatchObject({ status: "queued", holder: null });
  });
});

/** A zombie process has ended and only waits for its parent to collect it. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !["Z", "X"].includes(stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3));
  } catch {
    return false;
  }
}
