// Whole results kept for the run that asks for the same again: the database as it was when it was closed, and the tables
// exported from it, in a folder named by the key of its last year. Keys chain, so a run over more years starts from the
// longest result that begins as it does. Folders are written aside and renamed: one is there whole or not at all.
//
// Files of the database are copied here while no process has them open, and never otherwise.
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

const DATABASE = "sim.duckdb";

export class ResultCache {
  private readonly pending: string;

  constructor(private readonly folder: string) {
    this.pending = join(folder, `.${randomBytes(6).toString("hex")}`);
  }

  /** The first of `keys` that has a result; null when none has. */
  async find(keys: readonly string[]): Promise<string | null> {
    for (const key of keys) {
      const found = await stat(join(this.folder, key, DATABASE)).catch(() => null);
      if (found === null) continue;
      const now = new Date();
      await utimes(join(this.folder, key), now, now).catch(() => undefined);
      return key;
    }
    return null;
  }

  /** Put the database of a result at `file`, where there is none yet. */
  async restore(key: string, file: string): Promise<void> {
    const temporary = `${file}.${randomBytes(4).toString("hex")}.part`;
    try {
      await copyFile(join(this.folder, key, DATABASE), temporary);
      await rename(temporary, file);
    } catch (thrown) {
      await rm(temporary, { force: true });
      throw thrown;
    }
  }

  /** An exported table of a result, copied to `path`; false when it is not there. */
  async restoreExport(key: string, name: string, path: string): Promise<boolean> {
    return copyFile(join(this.folder, key, name), path).then(
      () => true,
      () => false,
    );
  }

  /** Keep an exported table for the result that `keep` makes. */
  async keepExport(name: string, path: string): Promise<void> {
    await mkdir(this.pending, { recursive: true });
    await copyFile(path, join(this.pending, name));
  }

  /** Keep the closed database and the exports under a key. */
  async keep(key: string, file: string): Promise<void> {
    await mkdir(this.pending, { recursive: true });
    await copyFile(file, join(this.pending, DATABASE));
    // Another run may have kept the same meanwhile: equal keys, equal results.
    await rename(this.pending, join(this.folder, key)).catch(() => this.discard());
  }

  async discard(): Promise<void> {
    await rm(this.pending, { recursive: true, force: true });
  }

  /** Results take at most so many bytes together; those used longest ago go first. */
  async prune(limitBytes: number): Promise<void> {
    const names = await readdir(this.folder).catch(() => [] as string[]);
    const results = await Promise.all(
      names
        .filter((name) => !name.startsWith("."))
        .map(async (name) => {
          const files = await readdir(join(this.folder, name)).catch(() => [] as string[]);
          const stats = await Promise.all(files.map((file) => stat(join(this.folder, name, file)).catch(() => null)));
          const own = await stat(join(this.folder, name)).catch(() => null);
          return {
            name,
            usedAtMs: own?.mtimeMs ?? 0,
            sizeBytes: stats.reduce((sum, one) => sum + (one?.size ?? 0), 0),
          };
        }),
    );
    let total = results.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { name, sizeBytes } of results.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (total <= limitBytes) break;
      await rm(join(this.folder, name), { recursive: true, force: true });
      total -= sizeBytes;
    }
  }
}
