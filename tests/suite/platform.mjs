/**
 * The tests that touch the platform: what another version of Node or of its SQLite could change. Threads, signals, exits,
 * file locks, sockets, native modules. They run on each supported version; the rest on the newest alone. None of them measures how
 * soon something happens: the versions run beside each other.
 */
const EVERY_VERSION = [
  // The SQLite that comes with the version, its errors, its locks, and its threads.
  "packages/store-sqlite/src/failures.test.ts",
  "packages/store-sqlite/src/group-writer.test.ts",
  "packages/store-sqlite/src/processes.test.ts",
  "packages/store-sqlite/src/schema.test.ts",
  "packages/store-sqlite/src/store-time.test.ts",
  "packages/holdfast/src/two-libraries.test.ts",
  // Threads beside the event loop, and files read in them.
  "packages/engine/src/processes",
  "packages/engine/src/dataset/csv-source.test.ts",
  "packages/engine/src/dataset/parquet-source.test.ts",
  // Sockets, streams and deadlines of Node's own HTTP, as server and as client.
  "apps/server/src/live.test.ts",
  "apps/server/src/problems/time-limits.test.ts",
  "packages/testkit/src/model-server/client.test.ts",
  "tests/errors/fetch-json.test.ts",
  // The command in real processes: exits, signals, standard streams, a full disk.
  "tests/cli/start.test.ts",
  "tests/cli/stop.test.ts",
  "tests/server/serve.test.ts",
  "tests/chaos/disk-full.test.ts",
  // Memory, which each version manages in its own way.
  "tests/acceptance/production.test.ts",
  // Native modules besides SQLite: DuckDB.
  "tests/workforce/file.test.ts",
];

/** The contract of the store, over a file, on the other SQLite library: versions before 24 use the one in `node_modules`. */
const OLDER_SQLITE = "packages/store-sqlite/src/contract.test.ts";
const OLDER_SQLITE_ON = "22.";

/** What runs on `version`, as filters for vitest. */
export function platformTestsOf(version) {
  return version.startsWith(OLDER_SQLITE_ON) ? [...EVERY_VERSION, OLDER_SQLITE] : EVERY_VERSION;
}
