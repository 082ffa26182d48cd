/** The chaos tests by themselves, one file after another: they measure seconds and send signals on two cores. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const HOUR_MS = 60 * 60_000;

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    include: ["*.test.ts"],
    fileParallelism: false,
    testTimeout: process.env.LONG === "1" ? 12 * HOUR_MS : 180_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
