// Complete results, kept for later runs with the same inputs: the closed database, and the tables exported from it, in
// a folder named by the key of the last year. Keys form a chain, so a run over more years starts from the longest
// result with the same beginning. Folders are written aside and renamed, so each exists whole or not at all.
//
// Database files are copied here only while no process has them open.
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

const DATABASE = "sim.duckdb";

export class ResultCache {
  private readonly pending: string;

  constructor(private readonly folder: string) {
    this.pending = join(folder, `.${randomBytes(6).toString("hex")}`);
  }

  /** Returns the first of `keys` that has a result; null if none has. */
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

  /** Copies the database of a result to `file`, if that does not exist yet. */
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

  /** Copies an exported table of a result to `path`. Returns `false` if there is none. */
  async restoreExport(key: string, name: string, path: string): Promise<boolean> {
    return copyFile(join(this.folder, key, name), path).then(
      () => true,
      () => false,
    );
  }

  /** Saves an exported table for the result that `keep` creates. */
  async keepExport(name: string, path: string): Promise<void> {
    await mkdir(this.pending, { recursive: true });
    await copyFile(path, join(this.pending, name));
  }

  /** Saves the closed database and the exports under a key. */
  async keep(key: string, file: string): Promise<void> {
    await mkdir(this.pending, { recursive: true });
    await copyFile(file, join(this.pending, DATABASE));
    // Another run may have saved the same result meanwhile: equal keys mean equal results.
    await rename(this.pending, join(this.folder, key)).catch(() => this.discard());
  }

  async discard(): Promise<void> {
    await rm(this.pending, { recursive: true, force: true });
  }

  /** Limits the total size of all results, evicting the least recently used ones. */
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
