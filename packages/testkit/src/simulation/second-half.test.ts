import { openSqliteStore } from "@holdfast/store-sqlite";
import { test } from "vitest";
import { playHalf, SEEDS_TIMEOUT_MS } from "./seeds.js";

test(
  "second half: no guarantee is broken under faults, and without them every run ends",
  {
    timeout: SEEDS_TIMEOUT_MS,
  },
  () =>
    playHalf(1, process.env, (ports) => openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", ...ports })),
);
