/**
 * A disk that can be filled: a small file system in memory, mounted in a test's folder. Mounting needs the right to do
 * so; a test that lacks it says so when it is skipped. `ulimit -f` is no replacement: it limits one file, not the total
 * space.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";

const mounted: string[] = [];
// Runs before the harness removes the folders: hooks of this kind run last in, first out.
afterAll(() => {
  for (const folder of mounted) spawnSync("umount", ["-l", folder]);
});

export class SmallDisk {
  constructor(readonly folder: string) {}

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return Number(bavail) * Number(bsize);
  }

  resize(bytes: number): void {
    mount(["-o", `remount,size=${bytes}`, this.folder]);
  }

  makeReadOnly(): void {
    mount(["-o", "remount,ro", this.folder]);
  }

  /** Leaves this many bytes free; a ballast file takes the rest. */
  fillUpTo(freeBytes: number): void {
    const handle = openSync(join(this.folder, "ballast"), "w");
    // In large steps first: filling the disk beside a run must not take as long as the run.
    const block = Buffer.alloc(1_048_576);
    try {
      for (let left = this.freeBytes - freeBytes; left >= 4_096; ) {
        left -= writeSync(handle, block, 0, left >= block.length ? block.length : 4_096);
      }
    } catch (error) {
      // A process that writes there meanwhile took the rest.
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(handle); // an open file would keep its space even when it is removed
    }
  }

  makeRoom(): void {
    rmSync(join(this.folder, "ballast"), { force: true });
  }

  /** Every file on the disk, by its path from the root. */
  files(): string[] {
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  }
}

export const canMount = process.platform === "linux" && process.getuid?.() === 0 && hasMount();

function hasMount(): boolean {
  return spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]).status === 0;
}

export function mountSmallDisk(folder: string, bytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true });
  mount(["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  mounted.push(folder);
  return new SmallDisk(folder);
}

function mount(args: readonly string[]): void {
  const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${stderr}`);
}
