#!/usr/bin/env node
/**
 * `npm run chaos [-- --long] [files…]`: real processes killed, stopped, starved of disk and of time. The seed that drew the
 * delays is printed; `CHAOS_SEED=<seed>` draws the same again (when exactly the kernel delivers a signal it cannot say).
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

// The long form of everything also asks whether the tests would notice: one change of the code at a time.
const hasFiles = words.some((word) => !word.startsWith("-"));
if (isLong && !hasFiles) {
  console.log("mutants of the lease and retry rules, the fence, recovery and the commits of maps:");
  const mutants = fileURLToPath(new URL("../mutation/run.mjs", import.meta.url));
  const { status: caught } = spawnSync(process.execPath, [mutants], { stdio: "inherit" });
  process.exitCode ||= caught ?? 1;
}
