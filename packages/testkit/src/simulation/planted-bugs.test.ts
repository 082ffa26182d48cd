import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { PLANTED_BUGS, plantBug } from "../faults/planted-bugs.js";
import { PLANTED_MAP_BUGS } from "../faults/planted-map-bugs.js";
import { runSeed, SimulationFailed } from "./run-seed.js";

const BUGS = [...PLANTED_BUGS, ...PLANTED_MAP_BUGS];
/** Looked through from the bug's first known seed on: a change of the moves changes what each seed does. */
const SEEDS_MAX = 700;

for (const bug of BUGS) {
  test(`the simulation catches this bug when it is planted: ${bug.name}`, async () => {
    let caught: unknown = null;
    for (let seed = bug.firstSeed; seed < bug.firstSeed + SEEDS_MAX && caught === null; seed++) {
      await runSeed({
        seed,
        openStore: async ({ clock, random }) =>
          plantBug(await openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock, random }), bug),
      }).catch((error) => {
        caught = error;
      });
    }
    expect(caught).toBeInstanceOf(SimulationFailed);
  });
}

test("without a bug the same seeds find nothing", async () => {
  for (const seed of new Set(BUGS.map(({ firstSeed }) => firstSeed))) {
    await runSeed({
      seed,
      openStore: ({ clock, random }) =>
        openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock, random }),
    });
  }
});
