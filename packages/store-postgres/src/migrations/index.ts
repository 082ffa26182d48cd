/** The steps from an empty schema to today's, in order. A step that was released is never changed. */
import { TABLES_SQL } from "./0001-tables.js";
import { BATCHES_SQL } from "./0002-batches.js";

export const MIGRATIONS: readonly string[] = [TABLES_SQL, BATCHES_SQL];
