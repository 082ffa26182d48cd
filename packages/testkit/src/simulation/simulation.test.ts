import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { runSeed, SimulationFailed } from "./run-seed.js";
import { playHalf, SEEDS_TIMEOUT_MS } from "./seeds.js";
import type { WorldOptions } from "./world.js";

const openStore: WorldOptions["openStore"] = ({ clock, random }) =>
  openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock, random });

test(
  "first half: no guarantee is broken under faults, and without them every run ends",
  {
    timeout: SEEDS_TIMEOUT_MS,
  },
  () => playHalf(0, process.env, openStore),
);

test("two runs of one seed are identical, call by call", async () => {
  const [first, second] = [await runSeed({ seed: 7, openStore }), await runSeed({ seed: 7, openStore })];
  expect(second).toEqual(first);
  const other = await runSeed({ seed: 8, openStore });
  expect(other.hash).not.toBe(first.hash);
});

test("a broken guarantee is reported with its seed and the moves that lead there", async () => {
  const failure = await runSeed({
    seed: 2,
    openStore: async (ports) => {
      const store = await openStore(ports);
      return new Proxy(store, {
        get: (target, property) => {
          const value = Reflect.get(target, property, target);
          if (property === "listEvents") return async () => [];
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  }).catch((error) => error);
  expect(failure).toBeInstanceOf(SimulationFailed);
  expect(failure.message).toContain("SEED=2 ");
  expect(failure.moves.length).toBeGreaterThan(0);
  expect(failure.message).toContain(failure.moves[0]);
});
