/** `__complete`: candidates for the word being typed, a line each. Any problem is silence: a shell shows no errors here. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import { candidatesFor } from "../candidates.js";
import type { Cli } from "../cli.js";
import type { CommandModule, CommandTable } from "../command-spec.js";
import { generatorForm } from "../flag-form.js";
import { oneLine } from "../output/text.js";
import { inputFormOf } from "../run-input.js";

/** As many runs as a person scans in a menu. */
const RUNS_OFFERED = 50;

/** The command over the table of all commands, of which it is one. */
export function completeFrom(table: CommandTable): CommandModule {
  return { run: (cli, args) => complete(table, cli, args) };
}

async function complete(table: CommandTable, cli: Cli, args: Args): Promise<number> {
  try {
    const found = await candidatesFor(args.positionals, table, {
      workflows: () => cli.workflowNames(),
      inputOptions: async (name) => (await inputFormOf(await cli.workflow(name), [])).options,
      generators: async () => Object.keys((await cli.config()).config.generators ?? {}),
      generatorOptions: async (name) => {
        const generator = (await cli.config()).config.generators?.[name];
        return generator === undefined ? [] : generatorForm(name, generator, []).options;
      },
      datasets: async () => {
        const records = await (await cli.open("store")).datasets.list();
        return [...new Set(records.map((record) => record.name))];
      },
      runIds: async () =>
        (await (await cli.open("store")).runs.list({ limit: RUNS_OFFERED })).rows.map((row) => row.id),
    });
    cli.console.lines(found.map(oneLine));
  } catch {
    // Nothing to offer.
  }
  return EXIT.done;
}
