/** `health`: which of the active runs are stuck and why, the worst first; or one run in full. */
import { EXIT, plural, WrongUseError } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { closerLines, lookCloser } from "../closer-look.js";
import { findRun } from "../find-run.js";
import { type HealthOptions, healthLines, healthTable } from "../output/health-lines.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const isOne = args.word(0) !== "";
  const query = { owner: args.text("owner"), limit: args.count("limit", { min: 1, max: 500 }) };
  if (isOne && (query.owner ?? query.limit) !== undefined) {
    throw new WrongUseError({ problem: "--owner and --limit apply to the list, not to a single run." });
  }
  const isStuck = isOne ? await showOne(cli, args) : await showActive(cli, args, query);
  return args.flag("fail-if-stuck") && isStuck ? EXIT.workFound : EXIT.done;
}

async function showOne(cli: Cli, args: Args): Promise<boolean> {
  const holdfast = await cli.open("store");
  const health = await holdfast.runs.health(await findRun(holdfast, args.word(0)));
  const closer = args.flag("verbose") ? await lookCloser(cli, { id: health.runId, workflow: health.workflow }) : null;
  const { console } = cli;
  if (console.isJson) console.document({ ...health, ...closer });
  else {
    console.lines(healthLines(health, lineOptions(cli)));
    if (closer !== null) console.lines(closerLines(cli, closer));
  }
  return health.stuck;
}

async function showActive(
  cli: Cli,
  args: Args,
  query: { readonly owner: string | undefined; readonly limit: number | undefined },
): Promise<boolean> {
  const holdfast = await cli.open("store");
  const rows = await holdfast.management.health(query);
  const stuckCount = rows.filter(({ stuck }) => stuck).length;
  const { console } = cli;
  if (console.isJson) console.document({ asOf: cli.nowMs(), rows });
  else if (rows.length === 0) console.message("No run is active.");
  else {
    const options = lineOptions(cli);
    const full = () => rows.flatMap((row, i) => [...(i === 0 ? [] : [""]), ...healthLines(row, options)]);
    console.lines(args.flag("verbose") ? full() : healthTable(rows, options));
    if (stuckCount > 0) {
      const are = stuckCount === 1 ? "is" : "are";
      console.message(
        `${plural(stuckCount, "run")} ${are} stuck. To see what a recovery would do: holdfast recover --check-only`,
      );
    }
  }
  return stuckCount > 0;
}

function lineOptions(cli: Cli): HealthOptions {
  return { nowMs: cli.nowMs(), colours: cli.console.colours, columns: cli.console.tableColumns };
}
