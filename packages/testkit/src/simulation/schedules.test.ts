/**
 * Schedules under faults: over seeds, no tick is lost and none starts two runs, whatever dies around it, through the hours around
 * each clock change of 2018. Planted bugs show that the checks can fail.
 */
import type { ScheduleTick, Store } from "@holdfast/core";
import { expect, test } from "vitest";
import { ScheduleWorld } from "./schedule-world.fixture.js";

const MOVES = 40;
const SEEDS = process.env.LONG === "1" ? 2_000 : 6;

async function play(seed: number, plant?: (store: Store) => Partial<Store>): Promise<void> {
  const world = await ScheduleWorld.open(seed, plant);
  try {
    await world.live(MOVES);
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n  ${world.moves.join("\n  ")}`, { cause: error });
  } finally {
    await world.close();
  }
}

test("no tick is lost, and none starts two runs", async () => {
  const { SEED } = process.env;
  const seeds = SEED === undefined ? Array.from({ length: SEEDS }, (_, n) => n + 1) : [Number(SEED)];
  for (const seed of seeds) await play(seed);
}, 3_600_000);

type Change = (tick: ScheduleTick, count: number) => ScheduleTick;
const changed =
  (change: Change) =>
  (store: Store): Partial<Store> => {
    let count = 0;
    return { tickSchedules: (ticks) => store.tickSchedules(ticks.map((tick) => change(tick, ++count))) };
  };

/** Each with what the checks say of it. */
const PLANTED: readonly (readonly [bug: string, said: RegExp, plant: (store: Store) => Partial<Store>])[] = [
  [
    "a schedule moves on without its run, every seventh time",
    /handled \d+ of \d+ ticks/,
    changed((tick, count) => (count % 7 === 0 && tick.move !== null ? { ...tick, starts: [] } : tick)),
  ],
  [
    "a tick is named by when it is made",
    /has no tick at/,
    changed((tick) =>
      tick.move === null ? tick : { ...tick, starts: tick.starts.map((start) => ({ ...start, at: start.at + 1 })) },
    ),
  ],
  [
    "what is active is not asked for",
    /runs of [\w-]+ are active at once/,
    changed((tick) => ({ ...tick, overlap: "allow" })),
  ],
  [
    "nobody looks at an instant that has come",
    /handled \d+ of \d+ ticks/,
    (store) => ({
      getNextTickMs: async (query) => {
        const leftMs = await store.getNextTickMs(query);
        return leftMs === 0 ? null : leftMs;
      },
    }),
  ],
  [
    "each tick starts a second run",
    /has two runs/,
    (store) => ({
      tickSchedules: async (ticks) => {
        const answers = await store.tickSchedules(ticks);
        for (const { starts } of ticks) {
          for (const { create } of starts) {
            if (create !== null) await store.createRun({ ...create, id: `${create.id}.again` as typeof create.id });
          }
        }
        return answers;
      },
    }),
  ],
];

test.each(PLANTED)(
  "a planted bug is found: %s",
  async (_, said, plant) => {
    const failures: string[] = [];
    for (let seed = 1; seed <= 3; seed++) {
      await play(seed, plant).catch((error: Error) => failures.push(error.message));
      if (failures.length > 0) break;
    }
    expect(failures[0]).toMatch(said);
  },
  600_000,
);
