/**
 * Composition root: creates an engine over the store that the URL names. Only this file knows both.
 *
 * The store is closed together with its Holdfast instance, and if opening fails halfway.
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
import { datasetFiles } from "@holdfast/dataset-files";
import { type ArtifactStore, createHoldfast, type Holdfast, type StoreWait, type Workflow } from "@holdfast/engine";
import type { Settings } from "./config.js";
import { warnOfLimitations } from "./limitations.js";
import { findLostStore, warnOfRemadeStore } from "./remade-store.js";
import { warnOfOtherLibraries } from "./two-libraries.js";

/** Options of `openHoldfast`. */
export interface OpenOptions extends Settings {
  /** Workflows that can be started, resumed and executed here. */
  readonly workflows: readonly Workflow[];
  /** Write output.json, meta.json and error.json for every attempt, and the run's logs. Default true. The records do not depend on these files. */
  readonly stageFiles?: boolean | undefined;
  /** How often an idle worker checks for runs queued by other processes, in milliseconds. Default 250. */
  readonly pollMs?: number | undefined;
  /** How often a worker checks for runs whose holder died, in milliseconds. Default 1,000. */
  readonly scanMs?: number | undefined;
  /** Actor for actions and the audit log. Default: the operating system's user, through the library. */
  readonly actor?: Actor | undefined;
  /**
   * Retention policy: finished runs that workers remove automatically, with dataset versions that no run needs any more. `false`
   * removes nothing. Default: the policy that the store was created with, which is failed and cancelled runs after 90 days, or
   * nothing in stores created by versions without a default.
   */
  readonly retention?: RetentionPolicy | false | undefined;
  /** Called once when this call creates a store, with its initial retention policy. Meant for a log; must not throw. Default: not called. */
  readonly onNewStore?: ((store: { readonly retention: RetentionPolicy | null }) => void) | undefined;
  /**
   * Recovery settings for runs whose workflow does not set them. Default: an `idleTimeoutMs` of two hours
   * without an outcome, an item, a checkpoint or progress; null means never.
   */
  readonly defaults?: { readonly recovery?: RecoveryDefaults | undefined } | undefined;
  /**
   * Called when runs executed here begin to wait for the store (another process holds its write lock, or the disk is full), and
   * with null when the store accepts their writes again. Meant for a log; must not throw. `holdfast.storeWait()` returns the same. Default: not called.
   */
  readonly onStoreWait?: ((wait: StoreWait | null) => void) | undefined;
  /**
   * Called when a caller here waits for a run that no living worker can execute. Meant for a log; must not throw. Default: emits
   * a Node warning.
   */
  readonly onNoWorker?: ((run: { readonly runId: string; readonly workflow: string }) => void) | undefined;
}

/**
 * Opens a Holdfast instance over a store. It reads only its options; `openProject` also reads the configuration file and the
 * environment, as the command does.
 *
 * `url` defaults to `sqlite:<dataDir>/holdfast.db`, `dataDir` to `.holdfast` in the working folder; both are created if they
 * are missing. Close the instance (or use `await using`) to complete its writes and release its leases.
 *
 * Emits a Node warning with the code HOLDFAST_TWO_SQLITE if another SQLite library is already loaded in this process, which
 * must not open the store's file.
 * @throws {StoreUnreachableError} STORE_UNREACHABLE — the file or server cannot be opened; check the URL and permissions.
 * @throws {WrongUseError} WRONG_USE — the URL matches no kind of store.
 * @throws {WorkerOptionsInvalidError} WORKER_OPTIONS_INVALID — durations under which two workers could trust one run.
 */
export async function openHoldfast(options: OpenOptions): Promise<Holdfast> {
  refuseUnknownOptions("openHoldfast", options, OPEN_OPTIONS);
  const { url, directUrl, dataDir, artifacts: place, minFreeBytes: _, onNewStore, retention: given, ...rest } = options;
  const folder = resolve(dataDir ?? DEFAULT_DATA_DIR);
  const artifacts = place === undefined ? undefined : await openArtifactPlace(place, folder);
  const { store, isNew } = await openStore(url ?? defaultUrl(folder), directUrl, folder);
  try {
    const defaults = await store.getDefaults();
    refuseUnfinished(store.location, defaults.copyingFrom);
    const retention = given === false ? null : (given ?? defaults.retention);
    if (isNew) onNewStore?.({ retention });
    // Who executes nothing has no leases that others could take over.
    if (rest.workflows.length > 0) warnOfLimitations(store);
    return createHoldfast({
      ...rest,
      datasetFiles,
      ...(retention === null ? {} : { retention }),
      store,
      artifacts,
      dataDir: folder,
    });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

/** What is missing would look as if it had never been. */
function refuseUnfinished(location: string, copyingFrom: string | undefined): void {
  if (copyingFrom === undefined) return;
  const problem = `the copy of ${copyingFrom} into it was not finished: run the same holdfast db copy again, which goes on where it stopped, or remove this store`;
  throw new StoreUnreachableError({ location, problem });
}

const OPEN_OPTIONS: OptionNames<OpenOptions> = {
  url: true,
  directUrl: true,
  dataDir: true,
  artifacts: true,
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
  /** Whether this call created the store, as far as one process can tell. */
  readonly isNew: boolean;
}

async function openStore(url: string, directUrl: string | undefined, dataDir: string): Promise<OpenedStore> {
  const kind = url.match(/^([a-z]+):/)?.[1];
  const isDirectFit = directUrl === undefined || /^postgres(ql)?:/.test(directUrl);
  if (!isDirectFit || (directUrl !== undefined && kind === "sqlite")) {
    const expected = "it goes with a postgres:// url, and is the address of that server without its pooler";
    throw new WrongUseError({ problem: `directUrl is "${withoutSecret(directUrl)}": ${expected}.` });
  }
  switch (kind) {
    case "sqlite":
      return openSqlite(url, dataDir);
    case "postgres":
    case "postgresql":
      return openPostgres(url, directUrl);
    default:
      throw new WrongUseError({
        problem: `"${withoutSecret(url)}" is not a store URL: sqlite:<path> or postgres://<host>/<database> is expected.`,
      });
  }
}

/** The client of object storage is loaded only here. */
async function openArtifactPlace(url: string, dataDir: string): Promise<ArtifactStore> {
  const { openS3Artifacts } = await import("@holdfast/artifacts-s3");
  return openS3Artifacts({ url, dataDir });
}

/** The driver is loaded only here: who has a file needs none of it. */
async function openPostgres(url: string, directUrl: string | undefined): Promise<OpenedStore> {
  const { openPostgresStore } = await import("@holdfast/store-postgres");
  return { store: await openPostgresStore({ url, directUrl }), isNew: false };
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

/** Returns the URL for messages, without user and password, which must never reach a log. */
export function withoutSecret(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//…@");
}
