/** `locks clean`: recover every run whose lease expired or whose holder is proven dead. */
import { EXIT, plural } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";

export async function run(cli: Cli, _args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const cleaned = await holdfast.leases.clean();
  if (cli.console.isJson) cli.console.document({ cleaned });
  else cli.console.lines([`Cleaned ${plural(cleaned, "expired lock")}`]);
  return EXIT.done;
}
