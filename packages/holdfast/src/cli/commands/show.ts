/** `show`: one run in full. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { renderTimeline } from "../output/timeline.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const view = await holdfast.runs.get(await findRun(holdfast, args.word(0)));
  const { console } = cli;
  if (console.isJson) console.document(view);
  else {
    console.lines(
      renderTimeline(view, {
        nowMs: cli.nowMs(),
        columns: console.textColumns,
        colours: console.colours,
        artifactFolder: cli.artifactFolder(holdfast, view),
      }),
    );
  }
  return EXIT.done;
}
