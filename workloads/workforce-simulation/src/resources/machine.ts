// Resources of this machine: cores, memory (its own, or the control group's limit if lower), free disk space.
import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
import type { Machine } from "./plan.js";

/** Control groups version 2, then version 1. "max" and absurdly large values mean no limit. */
const GROUP_FILES = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

export async function readMachine(file: string): Promise<Machine> {
  return {
    cores: availableParallelism(),
    memoryBytes: Math.min(totalmem(), await groupLimit()),
    freeDiskBytes: await freeBytes(dirname(file)),
  };
}

async function groupLimit(): Promise<number> {
  for (const file of GROUP_FILES) {
    const text = await readFile(file, "utf8").catch(() => null);
    const bytes = Number(text?.trim());
    if (text !== null && Number.isFinite(bytes) && bytes > 0) return bytes;
  }
  return Number.POSITIVE_INFINITY;
}

/** Free space of the nearest existing folder, since the file's own folder is created later. */
async function freeBytes(folder: string): Promise<number> {
  const found = await statfs(folder).catch(() => null);
  if (found !== null) return found.bavail * found.bsize;
  const parent = dirname(folder);
  return parent === folder ? Number.POSITIVE_INFINITY : freeBytes(parent);
}
