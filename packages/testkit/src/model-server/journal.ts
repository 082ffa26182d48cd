// The server's own account of requests and charges, with which a test compares a client's records. One JSON line per
// request, appended when the answer is decided, before its first byte is sent: a client that dies while waiting has
// been charged, and the line says so. Lines are never rewritten.
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";

export interface JournalLine {
  readonly seq: number;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** Item of the request: the header `x-idempotency-key`, else a hash of the prompt. */
  readonly key: string;
  /** Number of this request among those of its key, from 1. */
  readonly n: number;
  readonly model: string;
  readonly paid: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly status: number;
  readonly fault: string | null;
}

export interface Journal {
  readonly lines: readonly JournalLine[];
  /** Number of a key's next request, including requests in earlier runs of the server. */
  nextOf(key: string): number;
  append(line: Omit<JournalLine, "seq" | "at">): JournalLine;
  close(): void;
}

/** Opens or continues a journal. Without a file it is kept in memory only. */
export function openJournal(file: string | undefined): Journal {
  const lines: JournalLine[] = file === undefined ? [] : readJournal(file);
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line.key, Math.max(counts.get(line.key) ?? 0, line.n));
  let lastSeq = lines.at(-1)?.seq ?? 0;
  const fd = file === undefined ? null : openSync(file, "a"); // O_APPEND: whole lines, even with another writer
  return {
    lines,
    nextOf(key) {
      const n = (counts.get(key) ?? 0) + 1;
      counts.set(key, n); // counted at once, since two requests of a key may run at the same time
      return n;
    },
    append(line) {
      lastSeq += 1;
      const written: JournalLine = { seq: lastSeq, at: new Date().toISOString(), ...line };
      lines.push(written);
      if (fd !== null) writeSync(fd, `${JSON.stringify(written)}\n`);
      return written;
    },
    close() {
      if (fd !== null) closeSync(fd);
    },
  };
}

/** Returns the lines of a journal file, even while a server writes it. A torn last line (the server was killed) is left out. */
export function readJournal(file: string): JournalLine[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalLine);
}
