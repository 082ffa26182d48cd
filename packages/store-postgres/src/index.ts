/** The Holdfast store over PostgreSQL. */
export { openPostgresStore, type PostgresStoreOptions } from "./open.js";
export { PostgresStore } from "./store.js";
export { openTables } from "./tables.js";
