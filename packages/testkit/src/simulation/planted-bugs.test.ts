import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { PLANTED_BUGS, plantBug } from "../faults/planted-bugs.js";
import { PLANTED_MANAGE_BUGS } from "../faults/planted-manage-bugs.js";
import { PLANTED_MAP_BUGS } from "../faults/planted-map-bugs.js";
import { runSeed, SimulationFailed } from "./run-seed.js";

const BUGS = [...PLANTED_BUGS, ...PLANTED_MAP_BUGS, ...PLANTED_MANAGE_BUGS];
/** Most are caught within ten seeds, all within a hundred or so; a change of the moves changes what each seed does. */
const SEEDS_MAX = 700;

for (const bug of BUGS) {
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
