/** Errors about the store and its disk. */
import { define } from "./define.js";

/** DISK_LOW: before a resume, the free disk space may not hold what the run will write. */
export class DiskLowError extends define(
  "DISK_LOW",
  (d: { path: string; freeBytes: number; neededBytes: number }) =>
    `${d.path}: ${mebibytes(d.freeBytes)} free; a resume needs at least ${mebibytes(d.neededBytes)}.`,
) {}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** STORE_BUSY: another process held the database's write lock for too long. */
export class StoreBusyError extends define(
  "STORE_BUSY",
  (d: { location: string; waitedMs: number }) =>
    `${d.location}: another process held the write lock for more than ${d.waitedMs} ms.`,
) {}

/** STORE_CLOSED: the store was used after `close()`. */
export class StoreClosedError extends define("STORE_CLOSED", (d: { location: string }) => `${d.location} is closed.`) {}

/** STORE_CORRUPT: the database found its own file damaged. */
export class StoreCorruptError extends define(
  "STORE_CORRUPT",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** STORE_IN_USE: the store cannot be rewritten or copied while workers use it, since nobody else can write meanwhile. */
export class StoreInUseError extends define(
  "STORE_IN_USE",
  (d: { location: string; runs: readonly string[]; workers?: readonly string[] }) =>
    d.workers === undefined
      ? `${d.location}: living workers hold runs: ${d.runs.join(", ")}. The store was not changed.`
      : `${d.location}: still in use by ${d.workers.join("; ")}. The store was not changed.`,
) {}

/** STORE_FULL: the disk is full. Nothing of the refused write was kept. */
export class StoreFullError extends define(
  "STORE_FULL",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}; nothing was written.`,
) {}

/**
 * STORE_LOST: this process cannot use the open store any more, because its file was replaced or removed, or its disk
 * failed. Acknowledged writes are as safe as that file. The only remedy is to open the store again in a new process.
 */
export class StoreLostError extends define(
  "STORE_LOST",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** STORE_READONLY: the database or its folder cannot be written. */
export class StoreReadonlyError extends define(
  "STORE_READONLY",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** STORE_TOO_NEW: a newer version created the store, with a schema unknown to this one. */
export class StoreTooNewError extends define(
  "STORE_TOO_NEW",
  (d: { location: string; found: number; known: number }) =>
    `${d.location} has schema version ${d.found}; this version of Holdfast supports versions up to ${d.known}.`,
) {}

/**
 * STORE_UNREACHABLE: the store's file or server cannot be opened, or its connection was lost. With `isAway`, a
 * server cannot be reached at the moment: it restarts, or the network is down. With `isAnswerLost`, the connection broke between a
 * write and its answer. Whether the write was made is unknown; it may be sent again.
 */
export class StoreUnreachableError extends define(
  "STORE_UNREACHABLE",
  (d: { location: string; problem: string; isAway?: boolean; isAnswerLost?: boolean }) =>
    `${d.location}: ${d.problem}.`,
) {}

/**
 * Classes of the errors that a store throws, by code. An error that arrives from another thread or process as code and
 * details is reconstructed with them.
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
