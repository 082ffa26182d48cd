/** How the end of the process that has the database open is told. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../executor/session.fixture.js";
import { SimulationProcess } from "./client.js";

/** Ended, and not yet reaped: this process's event loop has not run since. */
const isZombie = (pid: number) => readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");

test.runIf(process.platform === "linux")(
  "a request to a process that was killed says so, not that a pipe broke",
  async () => {
    const file = join(await makeFolder(), "sim.duckdb");
    const made = SimulationProcess.spawn(file, ["--look", file], 1);
    const pid = made.pid as number;
    process.kill(pid, "SIGKILL");
    while (!isZombie(pid));
    await expect(made.ask("look", file)).rejects.toThrow("was ended by SIGKILL, most often since the machine");
    expect(made.isOver).toBe(true);
    await expect(made.ask("look", file)).rejects.toThrow("was ended by SIGKILL");
  },
);
