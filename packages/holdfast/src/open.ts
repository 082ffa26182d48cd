/**
 * The composition root: an engine over the store that the URL names. The one place that knows both.
 *
 * The store is closed with the Holdfast that was opened over it, and when opening fails half-way.
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type Actor,
  type OptionNames,
  type RecoveryDefaults,
  type RetentionPolicy,
  refuseUnknownOptions,
  type Store,
  StoreUnreachableError,
  WrongUseError,
} from "@holdfast/core";
import { createHoldfast, type Holdfast, type StoreWait, type Workflow } from "@holdfast/engine";
import type { Settings } from "./config.js";
import { findLostStore, warnOfRemadeStore } from "./remade-store.js";
import { warnOfOtherLibraries } from "./two-libraries.js";

/** Options of `openHoldfast`. */
export interface OpenOptions extends Settings {
  /** What may be started, resumed and worked on here. */
  readonly workflows: readonly Workflow[];
  /** Write output.json, meta.json and error.json of every attempt, and the run's logs. Default true; the records need none of them. */
  readonly stageFiles?: boolean | undefined;
  /** How often an idle worker looks for runs that another process queued, in milliseconds. Default 250. */
  readonly pollMs?: number | undefined;
  /** How often a worker looks for runs whose holder died, in milliseconds. Default 1,000. */
  readonly scanMs?: number | undefined;
  /** In whose name acts are done and audited. Default: the user of the system, through the library. */
  readonly actor?: Actor | undefined;
  /**
   * What workers remove without being asked: finished runs over an age, with the versions of datasets that no run needs any more. False:
   * nothing. Default: what the store was made with. That is failed and cancelled runs after 90 days; nothing in a store
   * that was made before there was a default.
   */
  readonly retention?: RetentionPolicy | false | undefined;
  /** Called once, when a store is made here, with the retention that it begins with. For a log; must not throw. Default: nobody is told. */
  readonly onNewStore?: ((store: { readonly retention: RetentionPolicy | null }) => void) | undefined;
  /**
   * Recovery policy by which runs are judged here where their workflow says nothing. Default: `idleTimeoutMs` of two hours
   * without an outcome, an item, a checkpoint or progress; null for never.
   */
  readonly defaults?: { readonly recovery?: RecoveryDefaults | undefined } | undefined;
  /**
   * Called when runs executed here begin to wait for the store (another process holds its write lock, the disk is full), and
   * with null when the store takes their writes again. For a log; must not throw. `holdfast.storeWait()` returns the same. Default: nobody is told.
   */
  readonly onStoreWait?: ((wait: StoreWait | null) => void) | undefined;
  /**
   * Called when something here waits for a run that no living worker would execute. Default: a Node warning says so. For a
   * log; must not throw.
   */
  readonly onNoWorker?: ((run: { readonly runId: string; readonly workflow: string }) => void) | undefined;
}

/**
 * Opens the store and everything over it. Pure: it reads no configuration file and no environment, only its options;
 * `openProject` reads both, as the command does.
 *
 * `url` defaults to `sqlite:<dataDir>/holdfast.db`, `dataDir` to `.holdfast` in the working folder; both are made when
 * missing. Close it (or use `await using`): then its writes are answered and its leases released.
 *
 * Emits a Node warning with the code HOLDFAST_TWO_SQLITE when another SQLite library is loaded in this process already: the
 * store's file must not be opened with it here.
 * @throws {StoreUnreachableError} STORE_UNREACHABLE — the file or server cannot be opened; check url and rights.
 * @throws {WrongUseError} WRONG_USE — no kind of store has such a url.
 * @throws {WorkerOptionsInvalidError} WORKER_OPTIONS_INVALID — durations under which two workers could trust one run.
 */
export async function openHoldfast(options: OpenOptions): Promise<Holdfast> {
  refuseUnknownOptions("openHoldfast", options, OPEN_OPTIONS);
  const { url, dataDir, minFreeBytes: _, onNewStore, retention: given, ...rest } = options;
  const folder = resolve(dataDir ?? DEFAULT_DATA_DIR);
  const { store, isNew } = await openStore(url ?? defaultUrl(folder), folder);
  try {
    const retention = given === false ? null : (given ?? (await store.getDefaults()).retention);
    if (isNew) onNewStore?.({ retention });
    return createHoldfast({ ...rest, ...(retention === null ? {} : { retention }), store, dataDir: folder });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

const OPEN_OPTIONS: OptionNames<OpenOptions> = {
  url: true,
  dataDir: true,
  holder: true,
  leaseMs: true,
  heartbeatMs: true,
  stopGraceMs: true,
  maxBlockedMs: true,
  minFreeBytes: true,
  workflows: true,
  stageFiles: true,
  pollMs: true,
  scanMs: true,
  actor: true,
  retention: true,
  onNewStore: true,
  defaults: true,
  onStoreWait: true,
  onNoWorker: true,
};

const DEFAULT_DATA_DIR = ".holdfast";

export function defaultUrl(dataDir: string): string {
  return `sqlite:${join(dataDir, "holdfast.db")}`;
}

interface OpenedStore {
  readonly store: Store;
  /** It was made by this call, as far as one process can tell. */
  readonly isNew: boolean;
}

async function openStore(url: string, dataDir: string): Promise<OpenedStore> {
  const kind = url.match(/^([a-z]+):/)?.[1];
  switch (kind) {
    case "sqlite":
      return openSqlite(url, dataDir);
    case "postgres":
    case "postgresql":
      throw new StoreUnreachableError({
        location: withoutSecret(url),
        problem: "this installation has no PostgreSQL store; use sqlite:<path>",
      });
    default:
      throw new WrongUseError({
        problem: `"${withoutSecret(url)}" is not a store URL: sqlite:<path> is expected.`,
      });
  }
}

async function openSqlite(url: string, dataDir: string): Promise<OpenedStore> {
  const { openSqliteStore, otherSqliteLibraries, parseSqliteUrl } = await import("@holdfast/store-sqlite");
  const file = parseSqliteUrl(url);
  // A store in memory has no locks that another library could drop, and is never lost.
  if (file === ":memory:") return { store: await openSqliteStore({ file }), isNew: false };
  warnOfOtherLibraries(otherSqliteLibraries(), file);
  const lost = await findLostStore(file, dataDir);
  const isNew = ((await stat(file).catch(() => null))?.size ?? 0) === 0;
  const store = await openSqliteStore({ file });
  if (lost !== null) warnOfRemadeStore(lost);
  return { store, isNew };
}

/** A url for messages: user and password never reach a log. */
export function withoutSecret(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//…@");
}
