import { expect, test } from "vitest";
import { times } from "./harness/form.js";
import { makePlace, type Place } from "./harness/place.js";

/** Of a process that is not stopped it must not run out, however little of the cores it gets beside the others. */
const LEASE = "--lease-ms=10000";

/** Every row that a process wrote, by the holder that stands in it. */
function rowsOf(place: Place, pid: number) {
  const mine = place.db.attempts().filter((attempt) => attempt.pid === pid);
  const isMine = (of: { run: string; stage: string | null }, attempt: number) =>
    mine.some((one) => one.run === of.run && one.stage === of.stage && one.attempt === attempt);
  return {
    attempts: mine,
    artifacts: place.db.artifacts().filter((artifact) => isMine(artifact, artifact.attempt)),
    events: place.db.events().filter((event) => isMine(event, JSON.parse(event.body ?? "{}").attempt)),
  };
}

// What takes time here is a lease that runs out, not the machine: the tests wait side by side.
const ROUNDS = times(1, 200);

test.concurrent.each([
  // Its stage does not listen, so that after waking it goes on to write its artifact and its outcome.
  ["stubbornly", true],
  ["obediently", false],
])("a holder that sleeps through its lease writes not one row after it wakes, and ends: %s", async (_, isStubborn) => {
  for (let round = 0; round < ROUNDS; round++) {
    const place = await makePlace();
    const zombie = place.command([
      ...["start", "steps", "--hold-at=2", "--run-id=r", LEASE],
      ...(isStubborn ? ["--stubborn"] : []),
    ]);
    await place.untilJournal("ran", { stage: "step-2", pid: zombie.pid });
    await place.freeze(zombie.pid);
    const worker = place.command(["worker", LEASE]);
    await place.untilJournal("ran", { stage: "step-2", parent: worker.pid });
    place.openGate();
    await place.untilStatus("r", "completed");
    const [runBefore, before] = [place.db.run("r"), rowsOf(place, zombie.pid)];

    zombie.kill("SIGCONT");
    const ended = await zombie.ended;
    expect([ended.signal, ended.code]).toEqual([null, 0]); // the run it was asked for has completed, if not by its hand
    expect(rowsOf(place, zombie.pid)).toEqual(before);
    expect(place.db.run("r")).toEqual(runBefore);
    expect(before.attempts.map(({ stage, status }) => [stage, status])).toEqual([
      ["step-1", "completed"],
      ["step-2", "interrupted"],
    ]);
    // Its own code was told why, and nothing was acknowledged to it any more.
    expect(place.journal.all("aborted", { pid: zombie.pid }).map((line) => line.why)).toEqual(["leaseLost"]);
    expect(place.journal.all("acknowledged", { pid: zombie.pid }).map((line) => line.stage)).toEqual(["step-1"]);
    expect(place.db.problems()).toEqual([]);
    worker.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
  }
});

test.concurrent("a command that wakes while another executes its run says so, and ends with 1", async () => {
  const place = await makePlace();
  const zombie = place.command(["start", "steps", "--hold-at=2", "--run-id=r", LEASE]);
  await place.untilJournal("ran", { stage: "step-2", pid: zombie.pid });
  await place.freeze(zombie.pid);
  const worker = place.command(["worker", LEASE]);
  const { pid: successor } = await place.untilJournal("ran", { stage: "step-2", parent: worker.pid });
  zombie.kill("SIGCONT");
  const { code, stderr } = await zombie.ended;
  expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`LEASE_LOST: run r .*pid ${successor}\\)`))]);
  place.openGate();
  await place.untilStatus("r", "completed");
  worker.kill("SIGTERM");
  expect((await worker.ended).code).toBe(75);
});

test.concurrent("a sleeping worker process that wakes while another executes its run does not disturb it, and takes other runs", async () => {
  const place = await makePlace();
  await place.json(["start", "steps", "--hold-at=2", "--run-id=r", "--detach"]);
  const sleeper = place.command(["worker", LEASE, "--processes=1", "--no-supervise"]);
  const { pid: zombie } = await place.untilJournal("ran", { stage: "step-2", parent: sleeper.pid });
  await place.freeze(zombie);
  const worker = place.command(["worker", LEASE, "--concurrency=1"]);
  const { pid: successor } = await place.untilJournal("ran", { stage: "step-2", parent: worker.pid });
  process.kill(zombie, "SIGCONT");
  await place.untilJournal("aborted", { pid: zombie });
  // The other worker is full: this run can only be the woken one's.
  await place.json(["start", "steps", "--run-id=next", "--detach"]);
  await place.untilStatus("next", "completed");
  expect(new Set(place.journal.all("ran", { run: "next" }).map((line) => line.pid))).toEqual(new Set([zombie]));
  expect(place.db.run("r")).toMatchObject({ status: "running", pid: successor });
  place.openGate();
  await place.untilStatus("r", "completed");
  expect(place.db.attempts("r").filter((attempt) => attempt.pid === zombie)).toHaveLength(2);
  expect(place.db.problems()).toEqual([]);
  for (const process of [sleeper, worker]) {
    process.kill("SIGTERM");
    expect((await process.ended).code).toBe(75);
  }
});

test.concurrent.each(["while its successor works", "after the run has ended"])(
  "the store itself refuses every write of a holder that slept: %s",
  async (when) => {
    const place = await makePlace();
    await place.json(["start", "steps", "--hold-at=2", "--run-id=r", "--detach"]);
    const zombie = place.program("raw-holder", ["r"]);
    await place.untilJournal("ran", { pid: zombie.pid });
    await place.freeze(zombie.pid);
    const worker = place.command(["worker", LEASE]);
    await place.untilJournal("ran", { stage: "step-2", parent: worker.pid });
    if (when === "after the run has ended") {
      place.openGate();
      await place.untilStatus("r", "completed");
    }
    const allRows = () => [place.db.run("r"), place.db.attempts(), place.db.artifacts(), place.db.events()];
    const before = allRows();
    place.openGate("write");
    zombie.kill("SIGCONT");
    const { code, stdout, stderr } = await zombie.ended;
    expect([code, stderr]).toEqual([0, ""]);
    const answers = stdout.trim().split("\n");
    expect(answers).toHaveLength(11);
    expect(answers.filter((answer) => !/ (leaseLost|lost)$/.test(answer))).toEqual([]);
    expect(allRows()).toEqual(before);
    expect(place.db.rows("SELECT * FROM checkpoint")).toEqual([]);
    expect(place.db.rows("SELECT * FROM resource_lease")).toEqual([]);
    place.openGate();
    await place.untilStatus("r", "completed");
    expect(place.db.problems()).toEqual([]);
    worker.kill("SIGTERM");
    expect((await worker.ended).code).toBe(75);
  },
);
