/** `db compact`: the store written anew without its free space. Refused (6) while workers hold runs. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { formatBytes } from "../output/text.js";

export async function run(cli: Cli, _args: Args): Promise<number> {
  const { storage, store } = await cli.open("store");
  const report = await storage.compact();
  const { beforeBytes, afterBytes, isLogEmpty } = report;
  if (cli.console.isJson) cli.console.document(report);
  else {
    cli.console.lines([`${store.location}: ${formatBytes(beforeBytes)} before, ${formatBytes(afterBytes)} after`]);
    if (!isLogEmpty)
      cli.console.message("Another process is reading the store, so its log could not be emptied. Try again.");
  }
  return EXIT.done;
}
