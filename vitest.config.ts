import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "workloads/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    // Measures seconds and sends signals: by itself, with `npm run chaos`.
    exclude: [...configDefaults.exclude, "tests/chaos/**"],
    // Real processes on two cores: a deadline that only a hang reaches, never a timing assertion.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: 0,
  },
});
