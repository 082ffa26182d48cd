import { setTimeout as pause } from "node:timers/promises";
import { SeededRandom } from "@holdfast/testkit";
import { expect, test } from "vitest";
import { seed, times } from "./harness/form.js";
import { makePlace, type Place } from "./harness/place.js";

const KILLS = times(100, 20_000);
/** Processes at a time: one more than the small machine has cores, so that some are killed while waiting. */
const CREW = 3;

test(`${KILLS} kills at random instants lose no acknowledged stage, record none twice and repeat none`, async () => {
  const place = await makePlace();
  const random = new SeededRandom(seed);
  let spawned = 0;
  let kills = 0;
  const unexpected: string[] = [];

  const sail = async (mine: SeededRandom) => {
    while (kills < KILLS) {
      kills++;
      const mode = mine.chance(0.5) ? "work" : "resume";
      const process = place.program("storm", [mode, String(spawned++)]);
      // A quarter of the kills hit start-up and the opening of the store. Of the rest, a quarter are timed from the
      // opening and half from the first line of user code, however long a loaded machine takes to get there. A process
      // that finds nothing to resume is not waited for.
      const due = mine.pick([null, "opened", "ran", "ran"] as const);
      const isDue = due !== null && place.untilJournal(due, { pid: process.pid }, 5_000).catch(() => undefined);
      if (isDue) await Promise.race([isDue, process.ended]);
      // Not a wait for a condition, but the random instant itself.
      await pause(mine.int(0, 400));
      process.kill("SIGKILL");
      const { signal, code, stderr } = await process.ended;
      if (signal !== "SIGKILL" || stderr !== "") unexpected.push(`${mode}: ${signal ?? code} ${stderr}`);
    }
  };
  await Promise.all(Array.from({ length: CREW }, () => sail(random.fork())));
  expect(unexpected, `seed ${seed}`).toEqual([]);
  expect(place.db.problems(), `seed ${seed}, before the last round`).toEqual([]);

  const last = [place.program("storm", ["finish", "0"]), place.program("storm", ["finish", "7"])];
  for (const { code, stderr } of await Promise.all(last.map((process) => process.ended))) {
    expect([code, stderr], `seed ${seed}`).toEqual([0, ""]);
  }
  expect(place.db.runs().filter((run) => run.status !== "completed")).toEqual([]);
  expect([...place.db.problems(), ...broken(place)], `seed ${seed}`).toEqual([]);
  const { kept, repeated } = tally(place);
  console.log(
    `storm: ${kills} kills, seed ${seed}: ${place.db.runs().length} runs, ${kept} stages, ${repeated} attempts cut off`,
  );
  // The storm must have had an effect: work was interrupted, and work was done.
  expect(repeated).toBeGreaterThan(KILLS / 10);
  expect(kept).toBeGreaterThan(KILLS);
});

/** Where the database disagrees with the journal, which no kill can take back. */
function broken(place: Place): string[] {
  const found: string[] = [];
  const runs = new Set(place.db.runs().map((row) => row.run));
  for (const { run } of place.journal.all("created")) {
    if (!runs.has(run)) found.push(`run ${run} was acknowledged and is lost`);
  }
  const records = new Map(
    place.db
      .attempts()
      .filter((row) => row.isRecord === 1)
      .map((row) => [`${row.run} ${row.stage}`, row]),
  );
  const acknowledged = new Set<string>();
  for (const { what, run, stage, attempt, value } of place.journal.lines()) {
    const key = `${run} ${stage}`;
    const record = records.get(key);
    if (what === "acknowledged") {
      acknowledged.add(key);
      const recorded = (JSON.parse(record?.output ?? "null") as { value: string } | null)?.value;
      if (recorded === undefined) found.push(`${key} was acknowledged and is lost`);
      else if (recorded !== value) found.push(`${key} was acknowledged as ${value}, recorded is ${recorded}`);
    } else if (what === "ran") {
      if (acknowledged.has(key)) found.push(`${key} ran again, as attempt ${attempt}, after it was acknowledged`);
      else if (record !== undefined && attempt > record.attempt) {
        found.push(`${key} ran as attempt ${attempt} although attempt ${record.attempt} is its record`);
      }
    }
  }
  return found;
}

function tally(place: Place): { readonly kept: number; readonly repeated: number } {
  const attempts = place.db.attempts();
  return {
    kept: attempts.filter((row) => row.status === "completed").length,
    repeated: attempts.filter((row) => row.status === "interrupted").length,
  };
}
