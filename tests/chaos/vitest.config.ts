/**
 * The chaos tests by themselves, one file after another: they measure seconds and send signals on two cores. The long form
 * explores the larger lease protocol, too; the smaller one is a unit test.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const HOUR_MS = 60 * 60_000;
const isLong = process.env.LONG === "1";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    include: ["*.test.ts", ...(isLong ? ["../../packages/testkit/src/model/*.test.ts"] : [])],
    fileParallelism: false,
    testTimeout: isLong ? 12 * HOUR_MS : 180_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
