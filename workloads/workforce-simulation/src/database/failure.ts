// What can go wrong with the database, as data: it crosses from the simulation's process to the run's, and becomes the
// error a person sees there (`process/errors.ts`). DuckDB's errors have no codes, so its words are read here and only here.
export type Failure =
  /** Another process has the file open. */
  | { readonly kind: "held"; readonly file: string; readonly pid: number | null }
  | { readonly kind: "corrupt" | "full" | "readonly" | "unreachable"; readonly file: string; readonly problem: string }
  /** The database's process ended, and nobody asked it to: killed for want of memory, most often. */
  | { readonly kind: "gone"; readonly file: string; readonly problem: string }
  /** A year whose year before is not in the file: the process that had it is gone, and it is being computed anew. */
  | { readonly kind: "early"; readonly file: string; readonly problem: string }
  /** An amount or a number of people grew beyond what its column holds. */
  | { readonly kind: "overflow"; readonly problem: string }
  /** The memory limit was reached and nothing more could be spilled. */
  | { readonly kind: "memory"; readonly problem: string }
  /** The input or a model cannot be used. */
  | { readonly kind: "wrongUse"; readonly problem: string }
  | { readonly kind: "broken"; readonly problem: string }
  /** Asked to stop. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "other"; readonly problem: string };

/** Thrown where the database is used; `failure` says what a caller can do. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super("problem" in failure ? failure.problem : failure.kind, options);
  }
}

/** The memory that the simulation was allowed is used up. Another machine, or a higher limit, has more. */
export class MemoryLimitError extends Error {
  override readonly name = "MemoryLimitError";
}

/** After these a process is not used again: the database in it may have given up, or be half gone. */
export const isFatal = (thrown: unknown): boolean =>
  thrown instanceof DatabaseError && ["gone", "full", "memory", "unreachable"].includes(thrown.failure.kind);

const HELD = /Conflicting lock is held in (?:.*?\(PID (\d+)\)|PID (\d+))/;
const HELD_WITHOUT_PID = /Could not set lock on file|being used by another process/;

/** No room, whoever says so: the disk, a quota of it (EDQUOT), the limit of a file's size (EFBIG), the room for spilling. */
const FULL =
  /No space left on device|ENOSPC|disk (is )?full|max_temp_directory_size|Disk quota exceeded|EDQUOT|File too large|File size limit exceeded|EFBIG/i;
/** Numbers beyond their type: in arithmetic, in a cast, in a sum. */
const OVERFLOW =
  /^(?:Out of Range Error|Conversion Error)\b.*(?:overflow|out of range|could not cast|can't be cast|failed to cast)|\boverflow in (?:addition|multiplication|subtraction|sum|HUGEINT)/i;

/** What an error of DuckDB means. `file` is the database that was being used. */
export function failureOf(thrown: unknown, file: string): Failure {
  if (thrown instanceof DatabaseError) return thrown.failure;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const held = text.match(HELD);
  // PID 0 is what a network file system answers.
  if (held !== null) return { kind: "held", file, pid: Number(held[1] ?? held[2]) || null };
  if (HELD_WITHOUT_PID.test(text)) return { kind: "held", file, pid: null };
  const problem = firstLine(text);
  if (/^INTERRUPT Error/.test(text)) return { kind: "interrupted" };
  if (FULL.test(text)) {
    return { kind: "full", file, problem };
  }
  if (/Permission denied|Read-only file system|EACCES|EROFS|Operation not permitted/i.test(text)) {
    return { kind: "readonly", file, problem };
  }
  if (/not a valid DuckDB database file|Corrupt database|checksum|Serialization Error|newer version/i.test(text)) {
    return { kind: "corrupt", file, problem };
  }
  if (/^Out of Memory Error|bad_alloc|cannot allocate memory|ENOMEM/i.test(text)) return { kind: "memory", problem };
  if (OVERFLOW.test(problem)) return { kind: "overflow", problem };
  if (/^IO Error/.test(text)) return { kind: "unreachable", file, problem };
  return { kind: "other", problem };
}

/** A write-write conflict between connections: the one failure that a sequential repeat can cure. */
export function isConflict(thrown: unknown): boolean {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return /write-write conflict|Conflict on (?:update|tuple deletion)/i.test(text);
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? text).replace(/[.\s]+$/, "");
}
