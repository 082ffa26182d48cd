#!/usr/bin/env node
/**
 * `npm run chaos [-- --long] [files…]`: real processes are killed, stopped, and deprived of disk space and CPU time.
 * The seed of the random delays is printed; `CHAOS_SEED=<seed>` repeats the delays, though not the instant at which the
 * kernel delivers a signal.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const words = process.argv.slice(2);
const isLong = words.includes("--long") || process.env.LONG === "1";
const seed = process.env.CHAOS_SEED ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`chaos: the ${isLong ? "long" : "short"} form, CHAOS_SEED=${seed}`);

const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const config = fileURLToPath(new URL("./vitest.config.ts", import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--config", config, ...words.filter((word) => word !== "--long")],
  { stdio: "inherit", env: { ...process.env, LONG: isLong ? "1" : "0", CHAOS_SEED: seed } },
);
if (status !== 0) console.log(`chaos: failed; the same delays again with CHAOS_SEED=${seed}`);
process.exitCode = status ?? 1;

// The long form of everything also checks whether the tests would notice one change of the code at a time (mutation
// tests).
const hasFiles = words.some((word) => !word.startsWith("-"));
if (isLong && !hasFiles) {
  console.log("mutants of the lease and retry rules, the fence, recovery and the commits of maps:");
  const mutants = fileURLToPath(new URL("../mutation/run.mjs", import.meta.url));
  const { status: caught } = spawnSync(process.execPath, [mutants], { stdio: "inherit" });
  process.exitCode ||= caught ?? 1;
}
