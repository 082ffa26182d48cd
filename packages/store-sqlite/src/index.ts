/** The Holdfast store over one SQLite file. */
export { openSqliteStore } from "./open.js";
export type { SqliteStoreOptions } from "./open-options.js";
export { otherSqliteLibraries } from "./other-libraries.js";
export { SqliteStore } from "./store.js";
export { type ClockShift, createClockShift } from "./store-time.js";
export { openTables } from "./tables.js";
export { parseSqliteUrl } from "./url.js";
