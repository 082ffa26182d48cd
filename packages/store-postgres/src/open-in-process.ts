/** How a child process of a worker opens the store that its parent has: by the same options. */
import { openPostgresStore, type PostgresStoreOptions } from "./open.js";

export const openStore = (options: PostgresStoreOptions) => openPostgresStore(options);
