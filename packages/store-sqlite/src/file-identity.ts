/**
 * Whether the path of an open store still leads to the file that is open. A file that is replaced, moved or removed under
 * a process stays open: SQLite goes on writing into one that has no name any more, and everything written is lost when
 * the process ends. The same holds for its log, which other processes would make anew.
 */
import { statSync } from "node:fs";
import { StoreLostError } from "@holdfast/core";

export class FileIdentity {
  readonly #isOnDisk: boolean;
  /** The file that was opened; a thread that opens it later is handed this, so that it cannot open another. */
  readonly opened: string | null;
  #log: string | null = null;

  /** `opened` of another thread's, or what the path leads to now: call it when the file exists. */
  constructor(
    readonly file: string,
    opened?: string | null,
  ) {
    this.#isOnDisk = file !== ":memory:";
    this.opened = opened ?? (this.#isOnDisk ? identityOf(file) : null);
  }

  /**
   * Two system calls, some microseconds: cheap enough for every commit.
   * @throws {StoreLostError} STORE_LOST — what was written since the last check may be in no file.
   */
  check(): void {
    if (!this.#isOnDisk) return;
    if (identityOf(this.file) !== this.opened) throw this.#lost("the file was replaced or removed while it was open");
    const log = identityOf(`${this.file}-wal`);
    this.#log ??= log;
    if (log !== this.#log) throw this.#lost("its log (-wal) was replaced or removed while it was open");
  }

  #lost(what: string): StoreLostError {
    return new StoreLostError({ location: this.file, problem: `${what}; nothing more is written to it` });
  }
}

function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
