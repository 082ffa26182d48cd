/**
 * The disk fills up at each write of a run's life in turn. Separate from `disk-full.test.ts`, which runs on each
 * version of Node: which write is refused depends on the engine, not on the platform.
 */
import { expect, test } from "vitest";
import { times } from "./harness/form.js";
import { expectFull, expectResumes, expectWhole, lookingAway, MIB } from "./harness/full-disk.js";
import { canMount, mountSmallDisk } from "./harness/small-disk.js";

const POINTS = times(8, 128);
/** Each point is a little later in the run's life; the first leaves no free page at all. */
const STEP_BYTES = times(24, 4) * 1_024;
/** How many points are tested at a time, each on its own disk: most of their time is spent waiting for free space. */
const CREW = 4;

test("at whichever write the disk fills up: nothing is lost, and the run continues", async (context) => {
  if (!canMount) context.skip("DISK FULL IS NOT TESTED HERE: mounting a small disk needs root on Linux");
  let next = 0;
  let refused = 0;
  const sail = async () => {
    const place = await lookingAway();
    const disk = mountSmallDisk(place.dataDir, 16 * MIB);
    expect((await place.command(["start", "steps", "--run-id=first"]).ended).code).toBe(0);
    for (let point = next++; point < POINTS; point = next++) {
      const run = `r-${point}`;
      disk.fillUpTo(point * STEP_BYTES);
      const start = ["start", "steps", "--steps=6", "--artifact-kib=16", `--run-id=${run}`];
      const ended = await place.command(start).ended;
      if (ended.code !== 0) {
        refused++;
        expectFull(ended, place.dataDir);
      }
      disk.makeRoom();
      expectWhole(place, disk);
      if (place.db.run(run) === undefined) expect((await place.command(start).ended).code).toBe(0);
      else if (ended.code !== 0) await expectResumes(place, run, 6);
      expect(place.db.run(run)?.status).toBe("completed");
    }
    expectWhole(place, disk);
  };
  await Promise.all(Array.from({ length: CREW }, sail));
  expect(refused).toBeGreaterThan(POINTS / 4);
});
