/** `datasets ingest`: read a file into the store once, row by row as it stands, without a workflow's schema. */
import { basename, extname, resolve } from "node:path";
import { EXIT, formatCount, plural } from "@holdfast/core";
import type { IngestReport } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { interruptible } from "../interruptible.js";
import { oneLine } from "../output/text.js";

/** Rows between two messages of progress. */
const SAY_EVERY_ROWS = 50_000;
/** More skipped rows or warnings than this are counted: `--json` has them all. */
const SHOWN_MAX = 10;

export async function run(cli: Cli, args: Args): Promise<number> {
  const file = resolve(cli.cwd, args.word(0));
  const key = args.neededText("key", "the column that identifies a row; several separated by commas");
  const reason = args.text("reason")?.trim();
  const columns = key.split(",").map((column) => column.trim());
  const holdfast = await cli.open("store");
  const { console } = cli;
  return interruptible(async (signal) => {
    const answer = await holdfast.datasets.ingest(args.text("name") ?? basename(file, extname(file)), file, {
      key: columns.length === 1 ? (columns[0] ?? "") : columns,
      onBadRow: args.oneOf("on-bad-row", ["fail", "skip"]),
      sheet: args.text("sheet"),
      encoding: args.text("encoding"),
      onChange: args.oneOf("on-change", ["take", "refuse"]),
      isNameOfFile: args.text("name") === undefined,
      reason,
      signal,
      onProgress: (count) => {
        if (count % SAY_EVERY_ROWS === 0) console.message(`${plural(count, "row")} read`);
      },
    });
    const { isNew, record, warnings, since } = answer;
    if (console.isJson) console.document({ isNew, dataset: record, since, warnings });
    else {
      console.lines(lines(answer));
      for (const note of notes(answer)) console.message(note);
    }
    return EXIT.done;
  });
}

function lines({ record, isNew, since }: IngestReport): string[] {
  const { name, version, rowCount, fileSha256, path } = record;
  const what = `Dataset ${oneLine(name)} version ${version}: ${plural(rowCount, "row")}`;
  const how = isNew ? "read" : "had been read already; nothing was written";
  const change =
    since === null
      ? []
      : [
          `  since   version ${since.version}: ${since.changes.changed} changed, ${since.changes.added} added, ` +
            `${since.changes.missing} gone`,
        ];
  return [`${what}, ${how}`, ...change, `  file    ${oneLine(path)}`, `  sha256  ${fileSha256}`];
}

function notes({ record, warnings }: IngestReport): string[] {
  const all = [
    ...record.skipped.map(({ rowNumber, reason }) => `row ${rowNumber} skipped: ${oneLine(reason)}`),
    ...warnings.map(
      ({ rowNumber, message }) => `${rowNumber === undefined ? "" : `row ${rowNumber}: `}${oneLine(message)}`,
    ),
  ];
  const rest = all.length - SHOWN_MAX;
  return rest > 0 ? [...all.slice(0, SHOWN_MAX), `… and ${formatCount(rest)} more (--json lists them)`] : all;
}
