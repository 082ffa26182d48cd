/**
 * Seven projects. `units` and `units-apart` beside the source, `processes`, `processes-apart` and `together` in tests/, which start the
 * real command or use the library, and `chaos`, which kills and stops real processes, share the cores: the first mostly computes and runs
 * at a lower priority, the others mostly wait. `timed`, which measures seconds, is run when all else has ended, one file at a time (tests/suite/run.mjs).
 * `npm run chaos -- --long` runs the last two projects in their long form.
 */
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { bundleWhatChanged } from "./build/bundle.mjs";

// `npm run compile` alone leaves the bundles as they were, and those are what is tested.
await bundleWhatChanged();

/**
 * Begun first, the longest of them foremost: a long file that begins last has one core to itself and leaves the other idle.
 * Those that mostly wait stand between those that compute. What is not named takes less than ten seconds of a core.
 */
const LONG_FILES = [
  "chaos/storm.test.ts",
  "postgres/contract.test.ts",
  "browser/axe.test.ts",
  "store-sqlite/src/contract.test.ts",
  "chaos/harm.test.ts",
  "chaos/workforce-kill.test.ts",
  "workforce/simulate.test.ts",
  "chaos/locked-store.test.ts",
  "demo/demo.test.ts",
  "workforce/trouble.test.ts",
  "browser/states.test.ts",
  "acceptance/leads.test.ts",
  "browser/flows.test.ts",
  "acceptance/limits.test.ts",
  "browser/run-page.test.ts",
  "acceptance/production.test.ts",
  "acceptance/resume.test.ts",
  "chaos/trade-kill.test.ts",
  "browser/values.test.ts",
  "jobs/load.test.ts",
  "chaos/disk-full-sweep.test.ts",
  "browser/list.test.ts",
  "workforce/file.test.ts",
  "chaos/disk-full.test.ts",
  "cli/stop.test.ts",
  "browser/live.test.ts",
  "jobs/lifecycle.test.ts",
  "realtime/lossy.test.ts",
  "cli/manage.test.ts",
  "browser/results.test.ts",
  "cli/secrets.test.ts",
  "browser/acts.test.ts",
  "cli/processes.test.ts",
  "suite/suite.test.ts",
  "chaos/steering.test.ts",
  "chaos/zombie.test.ts",
  "browser/mounted.test.ts",
  "docs/guide.test.ts",
  "market-research/src/sources/hostile-files.test.ts",
  "server/hostile-files.test.ts",
  "cli/items.test.ts",
  "cli/refusals.test.ts",
  "examples/fastify-app.test.ts",
  "plan/plan-property.test.ts",
  "cli/act.test.ts",
  "cli/start.test.ts",
  "dataset-files/src/open-source.test.ts",
  "crash/crash-points.test.ts",
  "simulation/simulation.test.ts",
  "simulation/second-half.test.ts",
  "model/lease-model.test.ts",
  "research/run.test.ts",
  "executor/session.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONG_FILES.findIndex((name) => moduleId.endsWith(name));
      return place < 0 ? LONG_FILES.length : place;
    };
    // Files that share a process do so only where they stand beside each other.
    return (await super.sort(files)).sort(
      (a, b) => placeOf(a) - placeOf(b) || a.project.name.localeCompare(b.project.name),
    );
  }
}

/**
 * Unit files whose fixtures clean up in a hook of their own: where files share a process, what they import is evaluated once, so
 * such a hook would be the first file's alone. `tests/house-rules.test.ts` finds others. And those that say how long something
 * takes: the others run at a lower priority.
 */
const OWN_PROCESS = [
  "packages/dataset-files/src/hostile-tables.test.ts",
  "packages/holdfast/src/yaml.test.ts",
  "workloads/market-research/src/sources/hostile-files.test.ts",
  "apps/server/src/**/*.test.ts",
  "packages/store-sqlite/src/contract*.test.ts",
  "workloads/workforce-simulation/src/**/*.test.ts",
];

/**
 * Of tests/, what needs no command, server or browser: the library in the test's own process. Its files share one as those of `units`
 * do, which saves them a quarter of what they take.
 */
const TOGETHER = ["tests/{durations,errors,exclusive,manage,map,progress,run,values}/*.test.ts"];

/**
 * Of tests/, what starts commands, servers or browsers: a process each where the file is long, or has a server of its own besides.
 * The others share one, with its browser; what their fixtures leave is removed after each file (tests/suite/file-end.ts).
 */
const PROCESSES_APART = [
  "tests/{acceptance,demo,hosts,jobs,postgres,suite,workforce}/*.test.ts",
  "tests/browser/{desktop,installed}.test.ts",
];

/** Chaos that says how soon something must happen: nothing else may keep the cores busy. */
const TIMED = [
  "tests/chaos/blocked-loop.test.ts",
  "tests/chaos/children.test.ts",
  "tests/chaos/clock.test.ts",
  "tests/chaos/last-lines.test.ts",
  "tests/chaos/other-host.test.ts",
  "tests/chaos/recover-many.test.ts",
  "tests/chaos/signals.test.ts",
  "tests/chaos/takeover.test.ts",
];

const common = {
  // Real processes on two cores: a deadline that only a hang reaches, never a timing assertion.
  testTimeout: 180_000,
  hookTimeout: 120_000,
  retry: 0,
  // Says who runs which file, for the deadline of each (tests/suite).
  setupFiles: ["tests/suite/announce.mjs"],
  // What a test imports of a package is what `npm run build` made. Node loads it by itself, as it does for users: through vitest
  // each module would be transformed and asked for over a pipe, in every process anew.
  server: { deps: { external: [/\/(packages|apps|workloads)\/[^/]+\/(bundle|dist)\//] } },
};

export default defineConfig({
  test: {
    // Three files at a time on two cores, since one of them mostly waits; also where there are more cores: the figures of one
    // machine hold on the other. Beside them an older Node has one, and `units` two (tests/suite/run.mjs).
    maxWorkers: Number(process.env.HOLDFAST_TEST_WORKERS ?? 3),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common,
          name: "units",
          // Beside the source, and free of traces in their process: its files share one, and what they import, which halves
          // what they take. A file that hangs or dies takes no other with it.
          isolate: false,
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "workloads/*/src/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...OWN_PROCESS],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "units-apart",
          include: OWN_PROCESS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "processes",
          isolate: false,
          include: ["tests/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...TOGETHER, ...PROCESSES_APART, "tests/chaos/**"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "processes-apart",
          include: PROCESSES_APART,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "together",
          isolate: false,
          include: TOGETHER,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "chaos",
          include: ["tests/chaos/*.test.ts"],
          exclude: [...configDefaults.exclude, ...TIMED],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "timed",
          include: TIMED,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
