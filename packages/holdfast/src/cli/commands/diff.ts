/** `diff`: what two runs recorded, compared. Exits with 9 when they differ. */
import { EXIT, plural, UnknownStageError } from "@holdfast/core";
import { compareByWorkflow, compareRuns } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { askedLines, renderDifference } from "../diff/render-diff.js";
import { findRun } from "../find-run.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const a = await holdfast.runs.get(await findRun(holdfast, args.word(0)));
  const b = await holdfast.runs.get(await findRun(holdfast, args.word(1)));
  const stage = args.text("stage");
  const known = [...a.stages, ...b.stages].map((one) => one.name);
  if (stage !== undefined && !known.includes(stage)) {
    throw new UnknownStageError({ stage, workflow: a.workflow, declared: [...new Set(known)] });
  }
  const difference = await compareRuns(holdfast, a, b, { stage });
  const { comparisons = {} } = (await cli.config()).config;
  const comparison = await compareByWorkflow(comparisons, holdfast, { a, b, stage });
  const { console } = cli;
  if (console.isJson)
    console.document(comparison === null ? difference : { ...difference, comparison: comparison.document });
  else {
    const { asked, equalStages, isEqual } = difference;
    if (isEqual) {
      console.lines([`Equal: ${plural(equalStages.length, "stage")} compared`]);
      if (asked.length > 0) console.lines(askedLines(asked, console.colours, console.textColumns));
    } else {
      const options = {
        colours: console.colours,
        columns: console.textColumns,
        isFull: args.flag("full"),
        comparison: comparison?.lines ?? [],
      };
      console.lines(renderDifference(difference, options));
    }
  }
  return difference.isEqual ? EXIT.done : EXIT.differences;
}
