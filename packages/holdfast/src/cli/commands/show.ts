/** `show`: one run in full, with its health and what its maps recorded; with --verbose also what can be done about it. */
import { EXIT } from "@holdfast/core";
import { pageUrl } from "../address/page-address.js";
import { findServer } from "../address/server-record.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { closerLines, lookCloser } from "../closer-look.js";
import { factsOfRun } from "../facts-of-run.js";
import { findRun } from "../find-run.js";
import { renderTimeline } from "../output/timeline.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  if (args.flag("page-url")) return tellPageUrl(cli, args);
  const holdfast = await cli.open("store");
  const view = await holdfast.runs.get(await findRun(holdfast, args.word(0)));
  const maps = await holdfast.runs.maps(view.id);
  const health = await holdfast.runs.health(view.id);
  const closer = args.flag("verbose") ? await lookCloser(cli, view) : null;
  const { console } = cli;
  if (console.isJson) console.document({ ...view, maps, health, ...closer });
  else {
    console.lines(
      renderTimeline(view, {
        nowMs: cli.nowMs(),
        columns: console.textColumns,
        colours: console.colours,
        artifactFolder: await cli.artifactFolder(holdfast, view),
        maps,
        health,
        facts: await factsOfRun(holdfast, view),
      }),
    );
    if (closer !== null) console.lines(closerLines(cli, closer));
  }
  return EXIT.done;
}

/** Without a token: the address is made to be handed on, and whoever opens it signs in. */
async function tellPageUrl(cli: Cli, args: Args): Promise<number> {
  const server = await findServer((await cli.settings()).dataDir);
  const url = pageUrl(server.url, await findRun(await cli.open("store"), args.word(0)));
  if (cli.console.isJson) cli.console.document({ url });
  else cli.console.lines([url]);
  return EXIT.done;
}
