import { openSqliteStore } from "@holdfast/store-sqlite";
import { test } from "vitest";
import { playQuarter, SEEDS_TIMEOUT_MS } from "./seeds.js";

test(
  "second quarter: no promise is broken under faults, and without them every run ends",
  {
    timeout: SEEDS_TIMEOUT_MS,
  },
  () =>
    playQuarter(1, process.env, (ports) =>
      openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", ...ports }),
    ),
);
