/** Workers that are killed at random moments around ticks: each tick has its run, and none has two. */
import { seededRandom } from "@holdfast/core";
import { expect, test } from "vitest";
import { seed, times } from "./harness/form.js";
import { makePlace, type Place } from "./harness/place.js";

interface TickRow {
  readonly name: string;
  readonly at: number;
  readonly outcome: string;
  readonly run: string;
}

const ticksOf = (place: Place) =>
  place.db.rows<TickRow>(
    `SELECT s.name, t.at, t.outcome, t.run_id AS run FROM schedule s JOIN schedule_tick t USING (schedule_k) ORDER BY s.name, t.at`,
  );

test(`kill -9 at random moments: no tick is lost, and none starts two runs (seed ${seed})`, async () => {
  const place = await makePlace();
  const random = seededRandom(seed);
  // Two at a time, each replaced as soon as it has killed itself.
  const lane = async () => {
    for (let n = 0; n < times(4, 40); n++) {
      // Ticks come once a second, so the second and its edges are hit alike.
      await place.program("schedule-worker", [String(Math.floor(random() * 1_100))]).ended;
    }
  };
  await Promise.all([lane(), lane()]);
  const killedAt = ticksOf(place).length;
  const last = place.program("schedule-worker");
  await place.untilStore("ticks after the last kill", () => ticksOf(place).length >= killedAt + 12);
  await place.untilStore("all runs but those of this second to be completed", (db) => {
    return db.runs().filter(({ status }) => status !== "completed").length <= 6;
  });
  last.kill("SIGTERM");
  await last.ended;

  const ticks = ticksOf(place);
  const anchors = place.db.rows<{ name: string; anchor_at: number }>("SELECT name, anchor_at FROM schedule");
  expect(anchors).toHaveLength(6);
  for (const { name, anchor_at } of anchors) {
    const own = ticks.filter((tick) => tick.name === name);
    // From the anchor on, one after the other.
    expect(own.map(({ at }) => (at - anchor_at) / 1_000)).toEqual(
      own.map((_, n) => (own[0]?.at === anchor_at ? n : n + 1)),
    );
    expect(new Set(own.map(({ outcome }) => outcome))).toEqual(new Set(["started"]));
  }
  const runs = place.db.runs().map(({ run }) => run);
  expect(runs).toEqual(ticks.map(({ run }) => run).sort());
  // A completed run executed its stage, and again only if its worker was killed in it.
  const ran = new Set(place.journal.all("ran").map(({ run }) => run));
  for (const { run, status } of place.db.runs()) if (status === "completed") expect(ran).toContain(run);
  expect(place.db.problems()).toEqual([]);
});
