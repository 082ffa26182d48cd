/**
 * The chaos tests alone, one file after another: they measure seconds and send signals on two cores. The long form also
 * explores the larger lease protocol, plays tens of thousands of seeds, and searches for seeds that catch the planted
 * bugs; the shorter forms of these are unit tests.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const HOUR_MS = 60 * 60_000;
const isLong = process.env.LONG === "1";
const LONG_SEARCHES = [
  "../../packages/testkit/src/model/*.test.ts",
  "../../packages/testkit/src/simulation/planted-bugs.test.ts",
  "../../packages/testkit/src/simulation/{simulation,second-half}.test.ts",
  "../../packages/store-sqlite/src/contract-memory.test.ts",
  "../../packages/dataset-files/src/open-source.test.ts",
  "../plan/plan-property.test.ts",
];

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    include: ["*.test.ts", ...(isLong ? LONG_SEARCHES : [])],
    setupFiles: ["../suite/announce.mjs"],
    fileParallelism: false,
    testTimeout: isLong ? 12 * HOUR_MS : 180_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
