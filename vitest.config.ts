/**
 * Two projects: `units` beside the source, and `processes` in tests/, which start the real command. The second begins
 * when the first has ended: a machine busy with units would make processes wait, and their deadlines are real.
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
          include: ["packages/*/src/**/*.test.ts", "workloads/*/src/**/*.test.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "processes",
          include: ["tests/**/*.test.ts"],
          // Measures seconds and sends signals: by itself, with `npm run chaos`.
          exclude: [...configDefaults.exclude, "tests/chaos/**"],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
