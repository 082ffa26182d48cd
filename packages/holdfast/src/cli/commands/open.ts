/** `open`: a run's page, or the whole page, in the browser; where there is none, its address to be opened elsewhere. */
import { EXIT } from "@holdfast/core";
import { openInBrowser } from "../address/browser.js";
import { addressOf } from "../address/page-address.js";
import { findServer } from "../address/server-record.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const { console } = cli;
  const { dataDir } = await cli.settings();
  // First: where no server runs there is nothing to be opened, whatever the run.
  const server = await findServer(dataDir);
  const word = args.positionals[0];
  const runId = word === undefined ? null : await findRun(await cli.open("store"), word);
  const address = await addressOf(dataDir, server, runId);
  const isOpened = await openInBrowser(dataDir, address, cli.environment.desktop);
  if (console.isJson) {
    console.document({ ...address, isOpened });
    return EXIT.done;
  }
  if (isOpened) {
    console.lines([`Opened ${address.url}`]);
    return EXIT.done;
  }
  console.message("Cannot open a browser here. Open this address yourself:");
  console.lines([address.openUrl ?? address.url]);
  return EXIT.done;
}
