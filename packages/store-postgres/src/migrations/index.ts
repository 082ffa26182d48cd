/** The steps from an empty schema to today's, in order. A step that was released is never changed. */
import { TABLES_SQL } from "./0001-tables.js";
import { WAITS_SQL } from "./0002-waits.js";

export const MIGRATIONS: readonly string[] = [TABLES_SQL, WAITS_SQL];
