/** `signal`: sends a signal to a run. Its workflow is loaded, since its schema judges the payload. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { readData } from "../read-data.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const name = args.word(1);
  const payload = await readData(cli, args.text("data"));
  const store = await cli.open("store");
  const runId = await findRun(store, args.word(0));
  const { workflow } = await store.runs.summary(runId);
  const holdfast = await cli.open({ workflows: [workflow] });
  const outcome = await holdfast.sendSignal(runId, name, payload, { idempotencyKey: args.text("id") });
  if (cli.console.isJson) cli.console.document({ runId, signal: name, outcome });
  else {
    const words = outcome === "consumed" ? "taken by its wait" : "kept for the next wait of its name";
    cli.console.lines([`Signal ${name} to run ${runId}: ${words}`, `  next  holdfast show ${runId}`]);
  }
  return EXIT.done;
}
