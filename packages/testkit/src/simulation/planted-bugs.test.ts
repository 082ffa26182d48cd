import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { PLANTED_BUGS, plantBug } from "../faults/planted-bugs.js";
import { runSeed, SimulationFailed } from "./run-seed.js";

/** A bug that needs more seeds than this would slip through the seeds of a push. */
const SEEDS_MAX = 150;

for (const bug of PLANTED_BUGS) {
  test(`the simulation catches this bug when it is planted: ${bug.name}`, async () => {
    let caught: unknown = null;
    for (let seed = 1; seed <= SEEDS_MAX && caught === null; seed++) {
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
