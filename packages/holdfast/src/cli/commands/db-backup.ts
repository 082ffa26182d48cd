/** `db backup`: a consistent copy of the store while workers go on. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { formatBytes } from "../output/text.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const file = resolve(cli.cwd, args.word(0));
  const holdfast = await cli.open("store");
  await holdfast.storage.backup(file);
  const { size } = await stat(file);
  if (cli.console.isJson) cli.console.document({ file, sizeBytes: size });
  else cli.console.lines([`Backup written: ${file} (${formatBytes(size)})`]);
  return EXIT.done;
}
