// The server's own account of what was asked and what was paid: the oracle that a test compares a client's records with.
// One JSON line per request, appended in the moment the answer is decided, before the first byte of it leaves: a client that
// dies while waiting has paid all the same, and the line says so. Never rewritten.
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";

export interface JournalLine {
  readonly seq: number;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** From the header `x-idempotency-key`, else a hash of the prompt: which item it was for. */
  readonly key: string;
  /** How many requests of this key came before, and this one. */
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
  /** The number the next request of a key will have, counting those of earlier runs of the server. */
  nextOf(key: string): number;
  append(line: Omit<JournalLine, "seq" | "at">): JournalLine;
  close(): void;
}

/** Opens or continues a journal; without a file it is kept in memory only. */
export function openJournal(file: string | undefined): Journal {
  const lines: JournalLine[] = file === undefined ? [] : readJournal(file);
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line.key, Math.max(counts.get(line.key) ?? 0, line.n));
  let lastSeq = lines.at(-1)?.seq ?? 0;
  const fd = file === undefined ? null : openSync(file, "a"); // O_APPEND: whole lines, also beside another writer
  return {
    lines,
    nextOf(key) {
      const n = (counts.get(key) ?? 0) + 1;
      counts.set(key, n); // counted at once: two requests of a key under way at the same time are two
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

/** The lines of a journal file, also while a server writes it; a torn last line (the server was killed) is left out. */
export function readJournal(file: string): JournalLine[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalLine);
}
