/** `datasets`: what was ingested into this store, every version. */
import { EXIT, formatCount } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";
import { formatRelative } from "../output/time.js";

/** As many characters of a checksum as tell two files apart at a glance. */
const SHA_SHOWN = 12;

export async function run(cli: Cli, _args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const records = await holdfast.datasets.list();
  const { console } = cli;
  if (console.isJson) {
    console.document(records);
    return EXIT.done;
  }
  if (records.length === 0) {
    console.message("No datasets in this store. Read one: holdfast datasets ingest <file> --name=NAME --key=COLUMN");
    return EXIT.done;
  }
  const nowMs = cli.nowMs();
  const columns = [
    { title: "NAME", isElastic: true },
    { title: "VERSION", align: "right" as const },
    { title: "ROWS", align: "right" as const },
    { title: "SKIPPED", align: "right" as const },
    { title: "FILE SHA-256" },
    { title: "ROWS SHA-256" },
    { title: "INGESTED", align: "right" as const },
    { title: "FILE", isElastic: true },
  ];
  const rows = records.map((record) => [
    oneLine(record.name),
    String(record.version),
    formatCount(record.rowCount),
    record.skipped.length > 0 ? formatCount(record.skipped.length) : "",
    record.fileSha256.slice(0, SHA_SHOWN),
    record.contentSha256.slice(0, SHA_SHOWN),
    formatRelative(record.ingestedAt, nowMs),
    oneLine(record.path),
  ]);
  console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
  return EXIT.done;
}
