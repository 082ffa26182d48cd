/** `db migrate`: opening a store brings it up to date; this says to which version. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";

export async function run(cli: Cli, _args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const { kind, location, engineVersion, schemaVersion } = await holdfast.storage.facts();
  if (cli.console.isJson) cli.console.document({ kind, location, engineVersion, schemaVersion });
  else cli.console.lines([`${location}: schema version ${schemaVersion} (${kind} ${engineVersion})`]);
  return EXIT.done;
}
