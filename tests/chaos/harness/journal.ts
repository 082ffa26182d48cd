/**
 * The effects journal: a file outside the engine to which the fixture's user code appends what it does, one line each,
 * in one write call, so that lines of many processes never mix and no `kill -9` truncates one. The database is compared
 * with it.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";

export interface JournalLine {
  /** Milliseconds of the host's monotonic clock. */
  readonly atMs: number;
  readonly pid: number;
  /** The parent process: for a run that a worker executes, the worker. */
  readonly parent: number;
  /**
   * locked, unlocked: another program held the write lock. opened: the process has its store open. created: a start was
   * acknowledged. ran: an attempt's code began. wrote: a stage's artifact was acknowledged. acknowledged: `await
   * stage()` resolved. aborted: a stage's signal fired; `why` has the reason. ended: the process has closed its store.
   */
  readonly what:
    | "opened"
    | "created"
    | "locked"
    | "unlocked"
    | "ran"
    | "wrote"
    | "acknowledged"
    | "aborted"
    | "jumped"
    | "ended";
  readonly run: string;
  readonly stage: string;
  readonly attempt: number;
  readonly value?: string | undefined;
  readonly why?: string | undefined;
}

export class Journal {
  private readonly read: JournalLine[] = [];
  private offset = 0;
  private rest = "";

  constructor(readonly file: string) {}

  /** All lines so far, in the order in which they were written. */
  lines(): readonly JournalLine[] {
    if (!existsSync(this.file)) return this.read;
    const handle = openSync(this.file, "r");
    const buffer = Buffer.alloc(256 * 1024);
    try {
      for (;;) {
        const length = readSync(handle, buffer, 0, buffer.length, this.offset);
        if (length === 0) return this.read;
        this.offset += length;
        const lines = (this.rest + buffer.toString("utf8", 0, length)).split("\n");
        this.rest = lines.pop() ?? "";
        for (const line of lines) this.read.push(JSON.parse(line) as JournalLine);
      }
    } finally {
      closeSync(handle);
    }
  }

  find(what: JournalLine["what"], of: Partial<JournalLine> = {}): JournalLine | undefined {
    return this.all(what, of)[0];
  }

  all(what: JournalLine["what"], of: Partial<JournalLine> = {}): readonly JournalLine[] {
    const wanted = Object.entries(of) as [keyof JournalLine, unknown][];
    return this.lines().filter((line) => line.what === what && wanted.every(([key, value]) => line[key] === value));
  }
}
