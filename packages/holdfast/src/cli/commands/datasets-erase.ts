/**
 * `datasets erase`: keys of a dataset, for privacy, with all that is recorded of them. What may still hold a key is listed, before
 * and after. The keys themselves are never printed: a terminal's scrollback and a job's log are kept, too.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { EXIT, formatCount, plural, WrongUseError } from "@holdfast/core";
import type { KeyErasureReport } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { formatBytes, oneLine } from "../output/text.js";

/** More than this are counted: `--json` has them all. */
const SHOWN_MAX = 20;

export async function run(cli: Cli, args: Args): Promise<number> {
  const name = args.word(0);
  const keys = await readKeys(cli, args);
  const reason = args.text("reason");
  const isCheckOnly = args.flag("check-only");
  const { datasets } = await cli.open("store");
  if (!isCheckOnly && !args.flag("yes") && cli.canAsk) {
    show(cli, name, keys.length, await datasets.erase(name, keys, { checkOnly: true, reason }));
    if (!(await cli.confirm("Erase all of it? This cannot be undone"))) {
      cli.console.message("Nothing was erased.");
      return EXIT.done;
    }
  }
  const report = await datasets.erase(name, keys, { checkOnly: isCheckOnly, reason });
  show(cli, name, keys.length, report);
  return isCheckOnly ? EXIT.workFound : EXIT.done;
}

/** From the command line, where a shell keeps them in its history, or one a line from a file. */
async function readKeys(cli: Cli, args: Args): Promise<readonly string[]> {
  const file = args.text("keys-from");
  const word = args.positionals[1];
  if ((word === undefined) === (file === undefined)) {
    throw new WrongUseError({ problem: "Give either a key or --keys-from with a file of keys." });
  }
  if (file === undefined) return [word ?? ""];
  const text = await readFile(resolve(cli.cwd, file), "utf8").catch((error) => {
    throw new WrongUseError({ problem: `--keys-from: ${oneLine(file)} cannot be read (${error.code}).` });
  });
  return text.split(/\r?\n/).filter((line) => line !== "");
}

function show({ console }: Cli, name: string, keyCount: number, report: KeyErasureReport): void {
  if (console.isJson) {
    console.document(report);
    return;
  }
  const { rows, results, failures, attempts, paid, checkpoints, words, isCheckOnly, compaction } = report;
  const counted = [
    plural(rows, "row"),
    plural(results + paid, "result"),
    plural(attempts + failures, "record of attempts", "records of attempts"),
    plural(checkpoints, "checkpoint"),
    `${plural(words, "mention")} in history and errors`,
  ];
  const lines = [
    `${isCheckOnly ? "Would erase" : "Erased"} ${plural(keyCount, "key")} of dataset ${oneLine(name)}: ${counted.join(", ")}`,
  ];
  if (report.erasedBefore > 0) lines.push(`  ${formatCount(report.erasedBefore)} of them had been erased before`);
  if (compaction?.kind === "compacted") {
    lines.push(
      `  the store was rewritten: ${formatBytes(compaction.beforeBytes)}, now ${formatBytes(compaction.afterBytes)}`,
    );
  }
  console.lines([...lines, ...remaining(report)]);
  if (compaction !== null && !(compaction.kind === "compacted" && compaction.isLogEmpty)) {
    console.message(
      "Old copies of pages may still be in the store's file. Once no worker holds a run: holdfast db compact",
    );
  }
}

/** What may still hold a key. */
function remaining({ stays, files, runs, sources }: KeyErasureReport): string[] {
  const what = [
    ...sources.map((path) => `the file ${oneLine(path)}; its rows with these keys are skipped from now on`),
    ...stays.map(
      ({ runId, what, stage }) => `${stage === null ? `the ${what}` : `stage ${oneLine(stage)}`} of run ${runId}`,
    ),
    ...files.map(({ path }) => `the file ${oneLine(path)}`),
  ];
  const shown = what.slice(0, SHOWN_MAX);
  if (what.length > shown.length)
    shown.push(`… and ${formatCount(what.length - shown.length)} more (--json lists them)`);
  return [
    "  May still hold a key:",
    ...shown.map((line) => `    ${line}`),
    "    backups of the store, and everything that was exported or sent elsewhere",
    ...(runs.length === 0
      ? []
      : [`    workbooks and other packed files of the ${plural(runs.length, "run")} that read it`]),
  ];
}
