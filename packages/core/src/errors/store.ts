/**
 * Errors about the store and the disk under it.
 */
import { define } from "./define.js";

/** Before a resume: what is left on the disk might not hold what the run will write. */
export class DiskLowError extends define(
  "DISK_LOW",
  (d: { path: string; freeBytes: number; neededBytes: number }) =>
    `${d.path}: ${mebibytes(d.freeBytes)} free; a resume needs at least ${mebibytes(d.neededBytes)}.`,
) {}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** Another process kept the database's write lock for too long. */
export class StoreBusyError extends define(
  "STORE_BUSY",
  (d: { location: string; waitedMs: number }) =>
    `${d.location}: another process held the write lock for more than ${d.waitedMs} ms.`,
) {}

/** A call after `close()`. */
export class StoreClosedError extends define("STORE_CLOSED", (d: { location: string }) => `${d.location} is closed.`) {}

/** The database found its own file damaged. */
export class StoreCorruptError extends define(
  "STORE_CORRUPT",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** The store cannot be written anew: workers hold runs, and nobody else can write meanwhile. */
export class StoreInUseError extends define(
  "STORE_IN_USE",
  (d: { location: string; runs: readonly string[] }) =>
    `${d.location}: living workers hold runs: ${d.runs.join(", ")}. The store was not changed.`,
) {}

/** No room on the disk; nothing of the refused write was kept. */
export class StoreFullError extends define(
  "STORE_FULL",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}; nothing was written.`,
) {}

/**
 * An open store that cannot be used any more by this process: its file was replaced or removed, or its disk failed. What
 * was acknowledged before is as safe as that file. Opening the store again, in a new process, is the only way on.
 */
export class StoreLostError extends define(
  "STORE_LOST",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** The database or its folder cannot be written. */
export class StoreReadonlyError extends define(
  "STORE_READONLY",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** The store was made by a newer version, whose schema this one cannot know. */
export class StoreTooNewError extends define(
  "STORE_TOO_NEW",
  (d: { location: string; found: number; known: number }) =>
    `${d.location} has schema version ${d.found}; this version of Holdfast supports versions up to ${d.known}.`,
) {}

/**
 * The store's file or server cannot be opened, or was lost. With `isAnswerLost` the connection broke between a write and
 * its answer: whether it was made is not known, and it may be sent again.
 */
export class StoreUnreachableError extends define(
  "STORE_UNREACHABLE",
  (d: { location: string; problem: string; isAnswerLost?: boolean }) => `${d.location}: ${d.problem}.`,
) {}

/**
 * The classes of what a store throws, by code: an error that comes from another thread or process as code and details is
 * made anew from them.
 */
export const STORE_ERRORS = {
  STORE_BUSY: StoreBusyError,
  STORE_CLOSED: StoreClosedError,
  STORE_CORRUPT: StoreCorruptError,
  STORE_FULL: StoreFullError,
  STORE_LOST: StoreLostError,
  STORE_READONLY: StoreReadonlyError,
  STORE_TOO_NEW: StoreTooNewError,
  STORE_UNREACHABLE: StoreUnreachableError,
} as const;
