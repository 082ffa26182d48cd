/** What `pause`, `cancel` and `fail` share: the wish is written, and what became of it is said. */
import { EXIT, type RunStatus } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import type { Cli } from "./cli.js";
import { findRun } from "./find-run.js";
import { adviseOn } from "./output/advice.js";

export interface Steering {
  /** "pause": for the sentence about a worker that will obey. */
  readonly verb: string;
  /** What the run is once it was obeyed. */
  readonly status: RunStatus;
  readonly act: (holdfast: Holdfast, runId: string) => Promise<void>;
}

export async function steerRun(cli: Cli, given: string, steering: Steering): Promise<number> {
  const holdfast = await cli.open("store");
  const runId = await findRun(holdfast, given);
  await steering.act(holdfast, runId);
  const run = await holdfast.runs.get(runId);
  if (cli.console.isJson) cli.console.document(run);
  else if (run.status === steering.status) {
    cli.console.lines([`Run ${runId} ${run.status}`, ...adviseOn(run).next.map((step) => `  next  ${step}`)]);
  } else {
    const holder = run.lease === null ? "its worker" : `its worker ${run.lease.holder}`;
    cli.console.lines([
      `Run ${runId}: ${steering.verb} requested; ${holder} applies it at its next heartbeat`,
      `  next  holdfast watch ${runId}`,
    ]);
  }
  return EXIT.done;
}
