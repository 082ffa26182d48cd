/**
 * Opening a store: checks the file, brings its schema to today's, and decides where operations run. Stores of one
 * process that open the same file share one writer and one reading connection.
 */
import { randomBytes } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { findDurationProblem, WrongUseError } from "@holdfast/core";
import { backupFile, backupHere } from "./backup.js";
import { ChangeWatcher } from "./change-watcher.js";
import { openConnection } from "./connection.js";
import { SqlContext } from "./context.js";
import type { Database } from "./driver.js";
import { type Examined, examineFile, examineHere } from "./examine.js";
import { prepareFolder } from "./file-checks.js";
import { FileIdentity } from "./file-identity.js";
import { InlineWriter } from "./inline-writer.js";
import { makeStoreInMemory, migrate } from "./migrate.js";
import type { ProcessOptions, SqliteStoreOptions } from "./open-options.js";
import type { StoreParts } from "./operations.js";
import { Reader } from "./reader.js";
import { isBusy, toStoreError } from "./sqlite-errors.js";
import { SqliteStore } from "./store.js";
import { readBootId, type StoreTime, systemTime, timeOfClock } from "./store-time.js";
import { TextReader } from "./text-reader.js";
import { waitMs } from "./wait.js";
import { ThreadWriter } from "./writer-client.js";
import { CODE_OF, runOperation } from "./writes.js";

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Open the store in `options.file`, creating or migrating it as needed.
 *
 * Guarantees: acknowledged strict writes survive a power loss (durability "full") and the death of the process at any
 * instant; waiting for another process never blocks the event loop (unless `inline`). Not for files on network disks.
 * @throws {StoreCorruptError} STORE_CORRUPT — not an SQLite database, or one of another application
 * @throws {StoreTooNewError} STORE_TOO_NEW — written by a newer version
 * @throws {StoreReadonlyError} STORE_READONLY — the file or its folder cannot be written
 * @throws {StoreUnreachableError} STORE_UNREACHABLE — no permission, a network disk, a folder in its place
 * @throws {StoreBusyError} STORE_BUSY — another process held the lock for longer than `busyTimeoutMs`
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  if (options.inline !== true && (options.clock !== undefined || options.random !== undefined)) {
    throw new WrongUseError({ problem: "A store takes `clock` and `random` only together with `inline: true`." });
  }
  const problem = findDurationProblem({ busyTimeoutMs: options.busyTimeoutMs });
  if (problem !== null) throw new WrongUseError({ problem: `${problem}.` });
  if (options.file === ":memory:") {
    return new SqliteStore(
      options.inline === true ? inlineParts(openMemory(), ":memory:", options) : memoryParts(options),
    );
  }
  await prepareFolder(options.file);
  if (options.inline === true) {
    const db = await openMigrated(options.file, "writer", options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
    return new SqliteStore(inlineParts(db, await realpath(options.file), options));
  }
  return new SqliteStore(await sharedParts(options));
}

function openMemory(): Database {
  return openConnection(":memory:", "writer", "FULL", makeStoreInMemory);
}

/**
 * One connection to a file of today's schema. It is kept for reading or inline writing: the driver frees a closed
 * connection only with the last of its statements, so one that is opened just to look would linger.
 */
async function openMigrated(file: string, role: "reader" | "writer", busyTimeoutMs: number): Promise<Database> {
  const startedMs = performance.now();
  let db: Database | null = null;
  for (;;) {
    try {
      db ??= openConnection(file, role, "FULL");
      migrate(db, file);
      if (role === "reader") db.exec("PRAGMA query_only = ON");
      return db;
    } catch (thrown) {
      const waitedMs = Math.round(performance.now() - startedMs);
      if (!isBusy(thrown) || waitedMs >= busyTimeoutMs) {
        db?.close();
        throw toStoreError(thrown, file, waitedMs);
      }
    }
    await waitMs(5 + Math.random() * 20);
  }
}

function commonParts(file: string, options: SqliteStoreOptions, time: StoreTime) {
  return { location: file, time, durability: options.durability ?? "full" } as const;
}

function inlineParts(db: Database, file: string, options: SqliteStoreOptions): StoreParts {
  const bootId = options.bootId ?? readBootId();
  const time =
    options.clock === undefined ? systemTime(options.clockShift, bootId) : timeOfClock(options.clock, bootId);
  const random = options.random ?? Math.random;
  const ctx = new SqlContext(db, time, () => nonceOf(options.random), file);
  const writer = new InlineWriter(ctx, { durability: options.durability ?? "full", random });
  // Under a clock of its own, time moves between the hints; a store in memory has no other writer.
  const changes = options.clock === undefined && file !== ":memory:" ? new ChangeWatcher(ctx) : null;
  return {
    ...commonParts(file, options, time),
    writer,
    read: (name, args) => writer.call(CODE_OF[name], args) as never,
    readText: null,
    readNow: (name, args) => {
      ctx.stamp();
      return runOperation(ctx, name, args);
    },
    beatModule: null,
    processModule: null,
    changes,
    sizeOfLog: () => sizeOfLog(file),
    backup: async (to) => backupHere(db, file, to),
    examine: async (isChecked) => examineHere(db, isChecked),
    release: () => {
      changes?.close();
      return writer.close();
    },
  };
}

/** 96 random bits: two claims never share a nonce, whatever was lost of the tokens before. */
function nonceOf(random: (() => number) | undefined): string {
  if (random === undefined) return randomBytes(12).toString("base64url");
  return Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 24).toString(36)).join("-");
}

function threadWriter(file: string, options: SqliteStoreOptions, bootId: string): ThreadWriter {
  return new ThreadWriter({
    file,
    bootId,
    clockShift: options.clockShift,
    busyTimeoutMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    durability: options.durability ?? "full",
    fileIdentity: new FileIdentity(file).opened,
  });
}

function memoryParts(options: SqliteStoreOptions): StoreParts {
  const bootId = options.bootId ?? readBootId();
  const time = systemTime(options.clockShift, bootId);
  const writer = threadWriter(":memory:", options, bootId);
  return {
    ...commonParts(":memory:", options, time),
    writer,
    read: (name, args) => writer.call(CODE_OF[name], args) as never,
    readText: null,
    readNow: null,
    beatModule: null,
    processModule: null,
    changes: null,
    sizeOfLog: async () => 0,
    backup: async (to) => void (await writer.call(CODE_OF.backupInto, [to])),
    examine: async (isChecked) => (await writer.call(CODE_OF.examineHere, [isChecked])) as Examined,
    release: () => writer.close(),
  };
}

/** What the stores of this process share about one file. */
interface SharedFile {
  readonly writer: ThreadWriter;
  readonly reader: Reader;
  readonly texts: TextReader;
  readonly changes: ChangeWatcher;
  users: number;
}
const sharedFiles = new Map<string, SharedFile>();

async function sharedParts(options: SqliteStoreOptions): Promise<StoreParts> {
  const bootId = options.bootId ?? readBootId();
  const time = systemTime(options.clockShift, bootId);
  const known = await realpath(options.file).catch(() => null);
  let shared = known === null ? undefined : sharedFiles.get(known);
  let file = known ?? options.file;
  if (shared === undefined) {
    const db = await openMigrated(options.file, "reader", options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
    file = await realpath(options.file);
    // Another call of this process may have opened it meanwhile.
    shared = sharedFiles.get(file);
    if (shared === undefined) {
      shared = openShared(db, file, options, time);
      sharedFiles.set(file, shared);
    } else db.close();
  }
  return sharedPartsOf(shared, file, options, time);
}

function sharedPartsOf(shared: SharedFile, file: string, options: SqliteStoreOptions, time: StoreTime): StoreParts {
  const { bootId } = time;
  shared.users += 1;
  const { writer, reader, texts } = shared;
  return {
    ...commonParts(file, options, time),
    writer,
    read: (name, args) => reader.read(name, args),
    readText: (...args) => texts.read(...args),
    readNow: (name, args) => reader.readNow(name, args),
    beatModule: {
      url: new URL("./beats.js", import.meta.url).href,
      options: {
        file,
        bootId,
        clockShift: options.clockShift,
        busyTimeoutMs: options.busyTimeoutMs,
        fileIdentity: reader.identity.opened,
      },
    },
    processModule: {
      url: new URL("./open-in-process.js", import.meta.url).href,
      options: {
        file,
        busyTimeoutMs: options.busyTimeoutMs,
        durability: options.durability,
        bootId: options.bootId,
        fileIdentity: reader.identity.opened,
      } satisfies ProcessOptions,
    },
    changes: shared.changes,
    sizeOfLog: () => sizeOfLog(file),
    backup: (to) => backupFile(file, to),
    examine: (isChecked) => examineFile(file, isChecked),
    release: async () => {
      shared.users -= 1;
      if (shared.users > 0) return;
      sharedFiles.delete(file);
      shared.changes.close();
      // The readers first, so that nobody reads from the log when the writer folds it into the file.
      reader.close();
      await texts.close();
      await writer.close();
    },
  };
}

function openShared(db: Database, file: string, options: SqliteStoreOptions, time: StoreTime): SharedFile {
  const ctx = new SqlContext(db, time, () => "", file);
  const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  const reader = new Reader(ctx, busyTimeoutMs);
  const texts = new TextReader({ file, bootId: time.bootId, fileIdentity: reader.identity.opened });
  return { writer: threadWriter(file, options, time.bootId), reader, texts, changes: new ChangeWatcher(ctx), users: 0 };
}

async function sizeOfLog(file: string): Promise<number> {
  if (file === ":memory:") return 0;
  const found = await stat(`${file}-wal`).catch(() => null);
  return found?.size ?? 0;
}
