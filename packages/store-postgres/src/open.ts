/** Opens a PostgreSQL store: connects, and brings its schema to today's tables. */

import { createHash } from "node:crypto";
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
  /**
   * Connections of this process at most, six or more. Default 8: one each for the writes of runs, for claims, for heartbeats, for
   * hints of changes and for the lock that proves that the process lives; the rest for reads and for writes beside runs.
   */
  readonly connectionsMax?: number | undefined;
}

/** Connections that are in no pool. */
const LANES = 5;

export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { connectionsMax = 8 } = options;
  const { url, schema: named } = splitUrl(options.url);
  const schema = options.schema ?? named ?? "holdfast";
  const location = locationOf(url);
  const pool = makePool({ url, schema, max: Math.max(1, connectionsMax - LANES), name: "holdfast" });
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
  const lanes = { makeClient: (name: string) => makeClient({ url, schema, name }), lockClass: lockClassOf(schema) };
  const db = new Database({ pool, ...lanes }, location);
  const changes = new ChangeFeed(db, () => makeClient({ url, schema, name: "holdfast hints" }), `holdfast ${schema}`);
  return new PostgresStore(db, { url: new URL("./open-in-process.js", import.meta.url).href, options }, changes);
}

/** 31 bits of the schema's name, so that no number has a sign. */
const lockClassOf = (schema: string): number => createHash("sha256").update(schema).digest().readUInt32BE(0) >>> 1;
