/**
 * Three projects, one after the other: `units` beside the source; `processes` in tests/, which start the real command; and
 * `chaos`, which kills and stops real processes and measures seconds, one file at a time. A machine busy with the ones
 * would make the others wait, and their deadlines are real. `npm run chaos -- --long` runs the last in its long form.
 */
import { configDefaults, defineConfig } from "vitest/config";

const common = {
  // Real processes on two cores: a deadline that only a hang reaches, never a timing assertion.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  retry: 0,
};

export default defineConfig({
  test: {
    // Two files at a time, also where there are more cores: the figures of one machine hold on the other.
    maxWorkers: 2,
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
          testTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
