/** Opens a PostgreSQL store: connects, and brings its schema to today's tables. */

import { ChangeFeed } from "./change-feed.js";
import { locationOf, makeClient, makePool, splitUrl } from "./connections.js";
import { Database } from "./database.js";
import { migrate } from "./migrate.js";
import { toStoreError } from "./postgres-errors.js";
import { checkServerVersion } from "./server-version.js";
import { PostgresStore } from "./store.js";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`; `?schema=name` names the schema. */
  readonly url: string;
  /** Schema with the tables, made when missing. Default: the one that the url names, else holdfast. */
  readonly schema?: string | undefined;
  /** Connections of this process at most. Default 8: two lanes of writes, the rest for reads. */
  readonly connectionsMax?: number | undefined;
}

export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { connectionsMax = 8 } = options;
  const { url, schema: named } = splitUrl(options.url);
  const schema = options.schema ?? named ?? "holdfast";
  const location = locationOf(url);
  const pool = makePool({ url, schema, max: connectionsMax, name: "holdfast" });
  try {
    const client = await pool.connect();
    try {
      const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version");
      checkServerVersion((rows[0] as { version: number }).version, location);
      await migrate(client, schema, location);
    } finally {
      client.release();
    }
  } catch (thrown) {
    await pool.end();
    throw toStoreError(thrown, location, false);
  }
  const db = new Database(pool, location);
  const changes = new ChangeFeed(db, () => makeClient({ url, schema, name: "holdfast hints" }), `holdfast ${schema}`);
  return new PostgresStore(db, { url: new URL("./open-in-process.js", import.meta.url).href, options }, changes);
}
