/**
 * The driver's errors as the errors of the core, in this one place, and their form for the way between threads
 * (an error class does not survive a message). Result codes: https://sqlite.org/rescode.html
 */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import {
  HoldfastError,
  STORE_ERRORS,
  StoreBusyError,
  StoreCorruptError,
  StoreFullError,
  StoreLostError,
  StoreReadonlyError,
  StoreUnreachableError,
  WrongUseError,
} from "@holdfast/core";

const SQLITE = {
  error: 1,
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  constraint: 19,
  mismatch: 20,
  notadb: 26,
} as const;
const PERM = 3;
const AUTH = 23;

/** SQLite's primary result code, or null when `thrown` is not an error of the driver. */
export function sqliteCode(thrown: unknown): number | null {
  const { errcode, code, message } = (thrown ?? {}) as { errcode?: unknown; code?: unknown; message?: unknown };
  if (typeof errcode === "number") return errcode & 0xff;
  if (code !== "ERR_SQLITE_ERROR") return null;
  return CODE_OF_TEXT.get(String(message)) ?? SQLITE.error;
}

/** `all()` of `@photostructure/sqlite` 1.2.1 drops the code of an error that comes between rows; SQLite's text is left. */
const CODE_OF_TEXT: ReadonlyMap<string, number> = new Map([
  ["database is locked", SQLITE.busy],
  ["database table is locked", SQLITE.locked],
  ["attempt to write a readonly database", SQLITE.readonly],
  ["disk I/O error", SQLITE.ioerr],
  ["database disk image is malformed", SQLITE.corrupt],
  ["database or disk is full", SQLITE.full],
  ["unable to open database file", SQLITE.cantopen],
  ["file is not a database", SQLITE.notadb],
]);

export function isBusy(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  return code === SQLITE.busy || code === SQLITE.locked;
}

/** A row with this key is there already, or another rule of the schema refused it. */
export function isTaken(thrown: unknown): boolean {
  return sqliteCode(thrown) === SQLITE.constraint;
}

/** A commit writes about this much at the most (`GROUP_BYTES_MAX`): with less there may be no room for it. */
const ROOM_BYTES = 4 * 1024 * 1024;
/** Extended codes of a failed sync, of the file and of its folder: what it should have made last may be gone. */
const SYNC_FAILED: ReadonlySet<number> = new Set([10 | (4 << 8), 10 | (5 << 8)]);

/**
 * SQLite tells a full disk with different codes, by version and by which of its three files found no room (`SQLITE_FULL`,
 * `SQLITE_IOERR_SHMSIZE`, `SQLITE_CANTOPEN`). So the file system is asked whether there is room.
 */
function isDiskFull(thrown: unknown, location: string): boolean {
  const code = sqliteCode(thrown);
  if (code === SQLITE.full) return true;
  if (location === ":memory:" || (code !== SQLITE.ioerr && code !== SQLITE.cantopen)) return false;
  try {
    const { bavail, bsize } = statfsSync(dirname(location));
    return bavail * bsize < ROOM_BYTES;
  } catch {
    return false;
  }
}

/** After these nothing more may be written through the connection: what is on the disk is not known any more. */
export function isFatal(thrown: unknown, location: string): boolean {
  const code = sqliteCode(thrown);
  if (code === SQLITE.ioerr) {
    const { errcode } = thrown as { errcode: number };
    return SYNC_FAILED.has(errcode) || !isDiskFull(thrown, location);
  }
  return code === SQLITE.corrupt || code === SQLITE.notadb;
}

/** What a driver's error means to a caller of the store; everything else passes through unchanged. */
export function toStoreError(thrown: unknown, location: string, waitedMs: number): Error {
  if (thrown instanceof HoldfastError) return thrown;
  const problem = thrown instanceof Error ? thrown.message : String(thrown);
  const cause = { cause: thrown };
  if (isDiskFull(thrown, location)) {
    return new StoreFullError({ location, problem: `no room to write (${problem})` }, cause);
  }
  switch (sqliteCode(thrown)) {
    case SQLITE.busy:
    case SQLITE.locked:
      return new StoreBusyError({ location, waitedMs }, cause);
    case SQLITE.readonly:
      return new StoreReadonlyError({ location, problem: `it cannot be written (${problem})` }, cause);
    case SQLITE.corrupt:
      return new StoreCorruptError({ location, problem: `the file is damaged (${problem})` }, cause);
    case SQLITE.notadb:
      return new StoreCorruptError({ location, problem: "the file is not an SQLite database" }, cause);
    case SQLITE.ioerr:
      return new StoreLostError({ location, problem: `reading or writing the disk failed (${problem})` }, cause);
    case SQLITE.error:
      return MISFIT.test(problem)
        ? new StoreCorruptError({ location, problem: `its tables are not those of this version (${problem})` }, cause)
        : refused(location, problem, cause);
    case SQLITE.constraint:
    case SQLITE.mismatch:
      return new StoreCorruptError({ location, problem: `a record breaks a rule of its table (${problem})` }, cause);
    case SQLITE.cantopen:
    case PERM:
    case AUTH:
      return new StoreUnreachableError({ location, problem: `it cannot be opened (${problem})` }, cause);
    case null:
      return thrown instanceof Error ? thrown : new Error(problem);
    default:
      return refused(location, problem, cause);
  }
}

/** What SQLite says when a table, column or index that a statement of ours names is not there. */
const MISFIT = /no such (table|column|index|view)|has no column|has \d+ columns|malformed database schema/;

function refused(location: string, problem: string, cause: { readonly cause: unknown }): StoreUnreachableError {
  return new StoreUnreachableError(
    { location, problem: `the database refused a statement (${problem}); open the store again` },
    cause,
  );
}

/** An error on its way between threads. */
export interface SentError {
  readonly code: string | null;
  readonly message: string;
  readonly details: unknown;
}

export function sendError(error: Error): SentError {
  return error instanceof HoldfastError
    ? { code: error.code, message: error.message, details: error.details }
    : { code: null, message: error.message, details: null };
}

const CLASSES = { ...STORE_ERRORS, WRONG_USE: WrongUseError } as const;

export function receiveError(sent: SentError): Error {
  const found = CLASSES[sent.code as keyof typeof CLASSES] as (new (details: never) => Error) | undefined;
  return found === undefined ? new Error(sent.message) : new found(sent.details as never);
}
