/** The ways of running one simulation that are compared: each answers with its times, its lock errors and its hashes. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { scratch } from "../measure.mjs";
import { runProcessPerModel } from "./process-per-model.mjs";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "node_modules/.bin/holdfast");

/** The first is what the others are compared with. */
export const MODES = [
  { name: "a process per model, one after the other", run: processes(1) },
  { name: "a process per model, four at once", run: processes(4) },
  {
    name: "one process, --force-sequential",
    isOneProcess: true,
    isOurSequential: true,
    run: command("--force-sequential"),
  },
  ...[2, 4, 8].map((count) => ({
    name: `one process, --threads ${count}`,
    isOneProcess: true,
    isThreaded: true,
    run: command(`--threads=${count}`),
  })),
];

function processes(processCount) {
  return async (size) => {
    const { folder, remove } = scratch("per-model");
    try {
      return await runProcessPerModel({ folder, ...size, processCount });
    } finally {
      remove();
    }
  };
}

function command(flag) {
  return async ({ employees, years }) => {
    const { folder, remove } = scratch("simulation");
    try {
      const args = ["start", "workforce-simulation", `--years=${years}`, `--employees=${employees}`, flag, "--json"];
      const env = { ...process.env, HOLDFAST_DATA_DIR: folder, HOLDFAST_CONFIG: join(ROOT, "holdfast.config.ts") };
      const stdio = ["ignore", "pipe", "ignore"];
      const { output } = JSON.parse(execFileSync(BIN, args, { env, stdio, encoding: "utf8", maxBuffer: 1e9 }));
      const { wallMs, overheadMs, cache } = output.performance;
      const hashes = Object.fromEntries(Object.entries(output).filter(([name]) => name.endsWith("Hash")));
      // One process has the file: a lock error would have ended the run.
      return { wallMs, overheadMs, models: cache.misses, lockErrors: 0, refusedProcesses: 0, lockWaitMs: 0, hashes };
    } finally {
      remove();
    }
  };
}
