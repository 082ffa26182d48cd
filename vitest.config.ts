/**
 * Four projects, one after the other: `units` beside the source; `processes` in tests/, which start the real command;
 * `chaos`, which kills and stops real processes; and `timed`, which does that and measures seconds, one file at a time. A
 * machine busy with the ones would make the others wait, and their deadlines are real. `npm run chaos -- --long` runs the
 * last two in their long form.
 */
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Begun first, the longest of them foremost: a long file that begins last has one core to itself and leaves the other idle.
 * What is not named takes less than ten seconds of a core.
 */
const LONG_FILES = [
  "simulation/simulation.test.ts",
  "simulation/second-quarter.test.ts",
  "simulation/third-quarter.test.ts",
  "simulation/fourth-quarter.test.ts",
  "store-sqlite/src/contract.test.ts",
  "crash/crash-points.test.ts",
  "dataset/open-source.test.ts",
  "executor/session.test.ts",
  "model/lease-model.test.ts",
  "acceptance/production.test.ts",
  "cli/manage.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONG_FILES.findIndex((name) => moduleId.endsWith(name));
      return place < 0 ? LONG_FILES.length : place;
    };
    return (await super.sort(files)).sort((a, b) => placeOf(a) - placeOf(b));
  }
}

/** Chaos that says how soon something must happen: nothing else may keep the cores busy. */
const TIMED = [
  "tests/chaos/clock.test.ts",
  "tests/chaos/other-host.test.ts",
  "tests/chaos/recover-many.test.ts",
  "tests/chaos/signals.test.ts",
  "tests/chaos/steering.test.ts",
  "tests/chaos/takeover.test.ts",
];

const common = {
  // Real processes on two cores: a deadline that only a hang reaches, never a timing assertion.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  retry: 0,
  // Says who runs which file, for the deadline of each (tests/suite).
  setupFiles: ["tests/suite/announce.mjs"],
};

export default defineConfig({
  test: {
    // Two files at a time, also where there are more cores: the figures of one machine hold on the other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common,
          name: "units",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "workloads/*/src/**/*.test.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "processes",
          include: ["tests/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "tests/chaos/**"],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...common,
          name: "chaos",
          include: ["tests/chaos/*.test.ts"],
          exclude: [...configDefaults.exclude, ...TIMED],
          testTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...common,
          name: "timed",
          include: TIMED,
          testTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
