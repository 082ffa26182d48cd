/** `__complete`: candidates for the word being typed, a line each. Any problem is silence: a shell shows no errors here. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import { candidatesFor } from "../candidates.js";
import type { Cli } from "../cli.js";
import { oneLine } from "../output/text.js";
import { inputFormOf } from "../run-input.js";

/** As many runs as a person scans in a menu. */
const RUNS_OFFERED = 50;

export async function run(cli: Cli, args: Args): Promise<number> {
  try {
    const found = await candidatesFor(args.positionals, {
      workflows: async () => (await cli.workflows()).map((workflow) => workflow.name),
      inputOptions: async (name) => (await inputFormOf(await cli.workflow(name), [])).options,
      runIds: async () =>
        (await (await cli.open("store")).runs.list({ limit: RUNS_OFFERED })).rows.map((row) => row.id),
    });
    cli.console.lines(found.map(oneLine));
  } catch {
    // Nothing to offer.
  }
  return EXIT.done;
}
