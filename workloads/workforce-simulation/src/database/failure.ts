// Failures of the database as data: they cross from the simulation's process to the run's, where they become the error
// that a person sees (`process/errors.ts`). DuckDB's errors have no codes, so its messages are interpreted here and
// only here.
export type Failure =
  /** Another process has the file open. */
  | { readonly kind: "held"; readonly file: string; readonly pid: number | null }
  | { readonly kind: "corrupt" | "full" | "readonly" | "unreachable"; readonly file: string; readonly problem: string }
  /** The database's process ended without being asked to, usually killed for lack of memory. */
  | { readonly kind: "gone"; readonly file: string; readonly problem: string }
  /** The year before a requested year is not in the file: the process that had it is gone, and it is being recomputed. */
  | { readonly kind: "early"; readonly file: string; readonly problem: string }
  /** An amount or a number of people exceeds what its column holds. */
  | { readonly kind: "overflow"; readonly problem: string }
  /** The memory limit was reached and nothing more could be spilled. */
  | { readonly kind: "memory"; readonly problem: string }
  /** The input or a model is unusable. */
  | { readonly kind: "wrongUse"; readonly problem: string }
  | { readonly kind: "broken"; readonly problem: string }
  /** The operation was asked to stop. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "other"; readonly problem: string };

/** Thrown wherever the database is used. `failure` says what a caller can do. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super("problem" in failure ? failure.problem : failure.kind, options);
  }
}

/** The simulation's memory limit is exhausted. Use another machine, or a higher limit. */
export class MemoryLimitError extends Error {
  override readonly name = "MemoryLimitError";
}

/** After these failures a process is not used again: its database may have given up, or be half gone. */
export const isFatal = (thrown: unknown): boolean =>
  thrown instanceof DatabaseError && ["gone", "full", "memory", "unreachable"].includes(thrown.failure.kind);

const HELD = /Conflicting lock is held in (?:.*?\(PID (\d+)\)|PID (\d+))/;
const HELD_WITHOUT_PID = /Could not set lock on file|being used by another process/;

/** No space, whatever reports it: the disk, a quota (EDQUOT), the file size limit (EFBIG), the spill limit. */
const FULL =
  /No space left on device|ENOSPC|disk (is )?full|max_temp_directory_size|Disk quota exceeded|EDQUOT|File too large|File size limit exceeded|EFBIG/i;
/** Numbers beyond their type: in arithmetic, in a cast, in a sum. */
const OVERFLOW =
  /^(?:Out of Range Error|Conversion Error)\b.*(?:overflow|out of range|could not cast|can't be cast|failed to cast)|\boverflow in (?:addition|multiplication|subtraction|sum|HUGEINT)/i;

/** Interprets an error of DuckDB. `file` is the database in use. */
export function failureOf(thrown: unknown, file: string): Failure {
  if (thrown instanceof DatabaseError) return thrown.failure;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const held = text.match(HELD);
  // Network file systems report PID 0.
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

/** A write-write conflict between connections: the one failure that a sequential retry can fix. */
export function isConflict(thrown: unknown): boolean {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return /write-write conflict|Conflict on (?:update|tuple deletion)/i.test(text);
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? text).replace(/[.\s]+$/, "");
}
