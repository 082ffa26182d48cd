/**
 * Backups that the page makes: files of one folder below the data folder, under names that lead nowhere else. A file has its name once
 * it is whole; until then the growth of the unfinished one tells how far it is.
 */
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { WrongUseError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";

export interface Backup {
  readonly name: string;
  readonly sizeBytes: number;
  readonly writtenAt: number;
}

interface UnderWay {
  readonly name: string;
  readonly startedAt: number;
  readonly ofBytes: number;
}

export class Backups {
  readonly folder: string;
  private current: UnderWay | null = null;

  constructor(
    holdfast: Pick<Holdfast, "dataDir">,
    private readonly nowMs: () => number,
  ) {
    this.folder = join(holdfast.dataDir, "backups");
  }

  /** Newest first. */
  async list(): Promise<readonly Backup[]> {
    const names = (await this.names()).filter((name) => name.endsWith(".db"));
    const found = await Promise.all(names.map((name) => this.look(name)));
    return found.filter((one) => one !== null).sort((a, b) => b.writtenAt - a.writtenAt || (a.name < b.name ? 1 : -1));
  }

  async underWay(): Promise<(UnderWay & { readonly bytes: number }) | null> {
    const { current } = this;
    if (current === null) return null;
    const unfinished = (await this.names()).find(
      (name) => name.startsWith(`${current.name}.`) && name.endsWith(".tmp"),
    );
    const found = unfinished === undefined ? null : await this.look(unfinished);
    return { ...current, bytes: Math.min(found?.sizeBytes ?? 0, current.ofBytes) };
  }

  /** In the name of the caller whose `storage` it is. @throws {WrongUseError} WRONG_USE — a file of this name exists. */
  async make(storage: Holdfast["storage"], given: string | undefined): Promise<Backup> {
    const startedAt = this.nowMs();
    const name =
      given ?? `holdfast-${new Date(startedAt).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}.db`;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    if ((await this.look(name)) !== null) {
      throw new WrongUseError({ problem: `${name} exists; a backup never replaces a file.` });
    }
    const { sizeBytes } = await storage.facts();
    this.current = { name, startedAt, ofBytes: sizeBytes };
    try {
      await storage.backup(join(this.folder, name));
    } finally {
      this.current = null;
    }
    const made = await this.look(name);
    if (made === null) throw new Error(`The backup ${name} was written and is not there.`);
    return made;
  }

  private async names(): Promise<readonly string[]> {
    return readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
  }

  private async look(name: string): Promise<Backup | null> {
    const found = await stat(join(this.folder, name)).catch(() => null);
    return found?.isFile() ? { name, sizeBytes: found.size, writtenAt: Math.round(found.mtimeMs) } : null;
  }
}
