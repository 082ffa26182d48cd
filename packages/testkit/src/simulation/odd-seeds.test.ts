import { openSqliteStore } from "@holdfast/store-sqlite";
import { test } from "vitest";
import { runSeed } from "./run-seed.js";
import { seedsOf } from "./seeds.js";

test("odd seeds: no promise is broken under faults, and without them every run ends", {
  timeout: 24 * 60 * 60_000,
}, async () => {
  for (const seed of seedsOf(1, process.env)) {
    await runSeed({
      seed,
      openStore: ({ clock, random }) =>
        openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock, random }),
    });
  }
});
