/** `datasets verify`: is the file that a dataset was read from there, and is it what it was? 8 when it differs, 6 when gone. */
import { EXIT, plural } from "@holdfast/core";
import type { DatasetCheck } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { oneLine } from "../output/text.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const check = await holdfast.datasets.verify(args.word(0), {
    sheet: args.text("sheet"),
    encoding: args.text("encoding"),
  });
  const { console } = cli;
  const { record, state, foundSha256, changes } = check;
  if (console.isJson) {
    const { name: dataset, version, path, fileSha256: recordedSha256 } = record;
    console.document({ dataset, version, path, state, recordedSha256, foundSha256, ...changes });
  } else console.lines(lines(check));
  return state === "changed" ? EXIT.workFound : EXIT.done;
}

function lines({ record, state, foundSha256, changes }: DatasetCheck): string[] {
  const what = `Dataset ${oneLine(record.name)} version ${record.version}`;
  const file = oneLine(record.path);
  if (state === "same") return [`${what}: ${file} is the file that was read (${plural(record.rowCount, "row")})`];
  const sums = [`  recorded  ${record.fileSha256}`, `  found     ${foundSha256}`];
  if (state === "resaved") return [`${what}: ${file} was saved again with the same rows`, ...sums];
  const kinds = (["changed", "added", "missing"] as const).filter((kind) => changes[kind] > 0);
  const width = Math.max(...kinds.map((kind) => kind.length));
  return [
    `${what}: ${file} is not the file that was read`,
    ...sums,
    ...kinds.map(
      (kind) => `  ${kind.padEnd(width)}  ${plural(changes[kind], "row")}${keysOf(changes.firstKeys[kind])}`,
    ),
  ];
}

/** The first few: enough to look one up. */
const KEYS_SHOWN_MAX = 5;

function keysOf(keys: readonly string[]): string {
  if (keys.length === 0) return "";
  const shown = keys.slice(0, KEYS_SHOWN_MAX).map(oneLine).join(", ");
  return `: ${shown}${keys.length > KEYS_SHOWN_MAX ? ", …" : ""}`;
}
