/** `datasets delete`: a dataset or one of its versions, with its rows. On a terminal what would go is shown and asked about. */
import { EXIT, plural } from "@holdfast/core";
import type { DatasetDeletion } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { oneLine } from "../output/text.js";

/** More runs than this are counted: `--json` has them all. */
const RUNS_SHOWN_MAX = 10;

export async function run(cli: Cli, args: Args): Promise<number> {
  const name = args.word(0);
  const version = args.count("version", { min: 1 });
  const reason = args.text("reason");
  const isCheckOnly = args.flag("check-only");
  const { datasets } = await cli.open("store");
  if (!isCheckOnly && !args.flag("yes") && cli.canAsk) {
    show(cli, name, await datasets.delete(name, { version, checkOnly: true }));
    if (!(await cli.confirm("Delete them with all their rows?"))) {
      cli.console.message("Nothing was deleted.");
      return EXIT.done;
    }
  }
  const report = await datasets.delete(name, { version, checkOnly: isCheckOnly, reason });
  show(cli, name, report);
  return isCheckOnly ? EXIT.workFound : EXIT.done;
}

function show({ console }: Cli, name: string, report: DatasetDeletion): void {
  if (console.isJson) {
    console.document(report);
    return;
  }
  const { versions, rows, finishedRuns, isCheckOnly } = report;
  const numbers = versions.map(({ version }) => version).join(", ");
  const what = `dataset ${oneLine(name)}, ${versions.length === 1 ? "version" : "versions"} ${numbers}: ${plural(rows, "row")}`;
  console.lines([
    `${isCheckOnly ? "Would delete" : "Deleted"} ${what}`,
    ...finishedRuns
      .slice(0, RUNS_SHOWN_MAX)
      .map(({ runId, status }) => `  read by ${runId} (${status}), whose results stay`),
  ]);
  const more = finishedRuns.length - RUNS_SHOWN_MAX;
  if (more > 0) console.message(`And ${plural(more, "more run")} that have read it.`);
}
