/**
 * Bugs planted on purpose: the simulation must find each of them. `planted-seeds.json` keeps seeds that are known to,
 * so the suite plays one history per bug. LONG=1 (`npm run chaos -- --long`) searches for seeds anew and writes them,
 * since a change of the engine or of the moves changes what each seed does.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { afterAll, expect, test } from "vitest";
import { PLANTED_BUGS, type PlantedBug, plantBug } from "../faults/planted-bugs.js";
import { PLANTED_MANAGE_BUGS } from "../faults/planted-manage-bugs.js";
import { PLANTED_MAP_BUGS } from "../faults/planted-map-bugs.js";
import { PLANTED_WAIT_BUGS } from "../faults/planted-wait-bugs.js";
import { runSeed, SimulationFailed } from "./run-seed.js";

const BUGS = [...PLANTED_BUGS, ...PLANTED_MAP_BUGS, ...PLANTED_MANAGE_BUGS, ...PLANTED_WAIT_BUGS];
const SEEDS_FILE = new URL("./planted-seeds.json", import.meta.url);
const knownSeeds: Readonly<Record<string, readonly number[]>> = JSON.parse(readFileSync(SEEDS_FILE, "utf8"));

const isSearch = process.env.LONG === "1";
/** Most are caught within ten seeds, all within a hundred or so. */
const SEEDS_MAX = 700;
/** Several are kept, since a change of the engine rarely makes all of them miss. */
const KEPT_MAX = 3;
const SEARCH_MS = 60 * 60_000;

/** Returns whether the simulation finds a broken guarantee with this bug. Any other error is the test's own. */
async function isCaught(bug: PlantedBug, seed: number): Promise<boolean> {
  try {
    await runSeed({
      seed,
      openStore: async ({ clock, random }) =>
        plantBug(await openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock, random }), bug),
    });
    return false;
  } catch (thrown) {
    if (thrown instanceof SimulationFailed) return true;
    throw thrown;
  }
}

async function firstCaught(bug: PlantedBug, seeds: Iterable<number>): Promise<number | null> {
  for (const seed of seeds) if (await isCaught(bug, seed)) return seed;
  return null;
}

/** Returns the first seeds that catch `bug`, in order. */
async function searchSeeds(bug: PlantedBug): Promise<readonly number[]> {
  const found: number[] = [];
  for (let seed = 1; seed <= SEEDS_MAX && found.length < KEPT_MAX; seed++) {
    if (await isCaught(bug, seed)) found.push(seed);
  }
  return found;
}

const foundSeeds: Record<string, readonly number[]> = {};

test.each(BUGS)("the simulation catches this bug when it is planted: $name", { timeout: SEARCH_MS }, async (bug) => {
  if (isSearch) {
    const seeds = await searchSeeds(bug);
    expect(seeds, `none of ${SEEDS_MAX} seeds catches it`).not.toEqual([]);
    foundSeeds[bug.name] = seeds;
    return;
  }
  const known = knownSeeds[bug.name] ?? [];
  const cure = `search for others with LONG=1 npx vitest run planted-bugs -t "${bug.name}", which writes planted-seeds.json`;
  expect(await firstCaught(bug, known), `none of the known seeds [${known}] catches it: ${cure}`).not.toBeNull();
});

test("seeds are kept for the planted bugs only", () => {
  if (!isSearch) expect(Object.keys(knownSeeds)).toEqual(BUGS.map(({ name }) => name));
  for (const seeds of Object.values(knownSeeds)) expect(seeds.length).toBeLessThanOrEqual(KEPT_MAX);
});

/** Saves the seeds found, beside those of bugs that were not searched for (`-t <name>` searches for one only). */
afterAll(() => {
  if (Object.keys(foundSeeds).length === 0) return;
  const seeds = { ...knownSeeds, ...foundSeeds };
  const lines = BUGS.flatMap(({ name }) => {
    const kept = seeds[name];
    return kept === undefined ? [] : [`  ${JSON.stringify(name)}: [${kept.join(", ")}]`];
  });
  writeFileSync(SEEDS_FILE, `{\n${lines.join(",\n")}\n}\n`);
});
