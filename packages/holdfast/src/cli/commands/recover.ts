/**
 * `recover`: the decision of the supervisor, made now, about every running run or one. It decides and writes; a worker
 * executes. `--check-only` decides and says.
 */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const isCheckOnly = args.flag("check-only");
  const runId = args.word(0) === "" ? undefined : await findRun(holdfast, args.word(0));
  const { runs: found } = await holdfast.management.recover({ runId, checkOnly: isCheckOnly });
  const { console } = cli;
  // What was decided and could not be written, since the worker came back, is not among the answers.
  if (console.isJson) console.document({ isCheckOnly, runs: found.map((one) => ({ ...one, isDone: !isCheckOnly })) });
  else if (found.length === 0) console.lines(["Nothing to recover"]);
  else {
    const columns = [
      { title: "RUN" },
      { title: "WORKFLOW", isElastic: true },
      { title: "HOLDER", isElastic: true },
      { title: isCheckOnly ? "WOULD" : "DID" },
      { title: "BECAUSE" },
    ];
    const rows = found.map(({ runId: id, workflow, holder, action, reason }) => [
      id,
      oneLine(workflow),
      oneLine(holder ?? "nobody"),
      action,
      oneLine(reason),
    ]);
    console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
    if (!isCheckOnly && found.some((one) => one.action === "resume"))
      console.message("A worker takes them up: holdfast worker");
  }
  return isCheckOnly && found.length > 0 ? EXIT.workFound : EXIT.done;
}
