/** What is made sure of before a run goes on: room on the disk and, where the configuration wants it, a backup. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DiskLowError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import { fileSystemFacts } from "@holdfast/engine";
import { KEEP_BACKUPS_DEFAULT, MIN_FREE_BYTES_DEFAULT } from "../../config.js";
import type { Cli } from "../cli.js";

/** @throws {DiskLowError} DISK_LOW — with the numbers; nothing was changed. */
export async function prepareResume(cli: Cli, holdfast: Holdfast): Promise<void> {
  const { dataDir, minFreeBytes = MIN_FREE_BYTES_DEFAULT } = await cli.settings();
  const { backup, keepBackups = KEEP_BACKUPS_DEFAULT } = (await cli.config()).config;
  const isBackup = backup === true;
  if (minFreeBytes > 0) {
    // A copy of the store takes its own size first.
    const copyBytes = isBackup ? (await holdfast.storage.facts()).sizeBytes : 0;
    const { freeBytes } = await fileSystemFacts(dataDir);
    const neededBytes = minFreeBytes + copyBytes;
    if (freeBytes < neededBytes) throw new DiskLowError({ path: dataDir, freeBytes, neededBytes });
  }
  if (!isBackup) return;
  const folder = join(dataDir, "backups");
  await mkdir(folder, { recursive: true });
  // Colons are no characters for file names everywhere.
  const file = join(folder, `${new Date(cli.nowMs()).toISOString().replaceAll(":", "-")}.db`);
  await holdfast.storage.backup(file);
  cli.console.message(`Backup written: ${file}`);
  await removeOldBackups(folder, keepBackups);
}

/** Named by their instant, and by nothing else: what a person put there stays. */
const BACKUP_NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3}Z\.db$/;

/** After the new one is whole, so that there is one at any time. */
async function removeOldBackups(folder: string, keep: number): Promise<void> {
  const newestFirst = (await readdir(folder))
    .filter((name) => BACKUP_NAME.test(name))
    .sort()
    .reverse();
  for (const name of newestFirst.slice(keep)) await rm(join(folder, name), { force: true });
}
