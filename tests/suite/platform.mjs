/**
 * The tests that touch the platform: what another version of Node or of its SQLite could change. Threads, signals, exits,
 * file locks, sockets, native modules. They run on each supported version; the rest on the newest alone. None of them measures how
 * soon something happens: the versions run beside each other.
 */
import { NODE_VERSIONS } from "./nodes.mjs";

const EVERY_VERSION = [
  // The SQLite that comes with the version, its errors, its locks, and its threads.
  "packages/store-sqlite/src/failures.test.ts",
  "packages/store-sqlite/src/group-writer.test.ts",
  "packages/store-sqlite/src/processes.test.ts",
  "packages/store-sqlite/src/schema.test.ts",
  "packages/store-sqlite/src/store-time.test.ts",
  "packages/holdfast/src/two-libraries.test.ts",
  // Threads beside the event loop, and files read in them.
  "packages/engine/src/worker/processes",
  "packages/engine/src/dataset/files/csv-source.test.ts",
  "packages/engine/src/dataset/files/parquet-source.test.ts",
  // Sockets, streams and deadlines of Node's own HTTP, as server and as client.
  "apps/server/src/live.test.ts",
  "apps/server/src/problems/time-limits.test.ts",
  "packages/testkit/src/model-server/client.test.ts",
  "tests/errors/fetch-json.test.ts",
  // The command in real processes: exits, signals, standard streams.
  "tests/cli/stop.test.ts",
];

/** What differs between the ends of the range if it differs at all: on the oldest version beside the newest. */
const OLDEST = [
  // The command's streams and its configuration in TypeScript; a server and its worker processes; a full disk.
  "tests/cli/start.test.ts",
  "tests/server/serve.test.ts",
  "tests/chaos/disk-full.test.ts",
  // Native modules besides SQLite: DuckDB.
  "tests/workforce/file.test.ts",
];

/** Memory, which V8 manages in its own way in each version. The bound on 22 is that on 20, and the bound on 24 that on 26. */
const MEMORY = "tests/acceptance/production.test.ts";
const MEMORY_ON = "20.";

/** The contract of the store on the other SQLite library: versions before 24 use the one in `node_modules`. */
const OLDER_SQLITE = "packages/store-sqlite/src/contract-inline.test.ts";
const OLDER_SQLITE_ON = "22.";

/** What runs on `version`, as filters for vitest. */
export function platformTestsOf(version) {
  return [
    ...EVERY_VERSION,
    ...(version === NODE_VERSIONS[0] ? OLDEST : []),
    ...(version.startsWith(MEMORY_ON) ? [MEMORY] : []),
    ...(version.startsWith(OLDER_SQLITE_ON) ? [OLDER_SQLITE] : []),
  ];
}
