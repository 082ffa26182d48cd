/** What is made sure of before a run goes on: room on the disk and, where the configuration wants it, a backup. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DiskLowError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import { MIN_FREE_BYTES_DEFAULT } from "../../config.js";
import type { Cli } from "../cli.js";
import { fileSystemFacts } from "../file-system.js";

/** @throws {DiskLowError} DISK_LOW — with the numbers; nothing was changed. */
export async function prepareResume(cli: Cli, holdfast: Holdfast): Promise<void> {
  const { dataDir, minFreeBytes = MIN_FREE_BYTES_DEFAULT } = await cli.settings();
  const isBackup = (await cli.config()).config.backup === true;
  if (minFreeBytes > 0) {
    // A copy of the store takes its own size first.
    const copyBytes = isBackup ? (await holdfast.store.facts()).sizeBytes : 0;
    const { freeBytes } = await fileSystemFacts(dataDir);
    const neededBytes = minFreeBytes + copyBytes;
    if (freeBytes < neededBytes) throw new DiskLowError({ path: dataDir, freeBytes, neededBytes });
  }
  if (!isBackup) return;
  const folder = join(dataDir, "backups");
  await mkdir(folder, { recursive: true });
  // Colons are no characters for file names everywhere.
  const file = join(folder, `${new Date(cli.nowMs()).toISOString().replaceAll(":", "-")}.db`);
  await holdfast.store.backup(file);
  cli.console.message(`Backup written: ${file}`);
}
