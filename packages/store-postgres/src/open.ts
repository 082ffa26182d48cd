/** Opens a PostgreSQL store: connects, and brings its schema to today's tables. */

import { createHash } from "node:crypto";
import { WrongUseError } from "@holdfast/core";
import type pg from "pg";
import { ChangeFeed } from "./change-feed.js";
import { isThroughPooler, locationOf, makeClient, makePool, quoteName, splitUrl } from "./connections.js";
import { Database } from "./database.js";
import { migrate } from "./migrate.js";
import { codeOf, isSettingRefused, toStoreError } from "./postgres-errors.js";
import { checkServerVersion } from "./server-version.js";
import { PostgresStore } from "./store.js";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`; `?schema=name` names the schema. */
  readonly url: string;
  /** Schema with the tables, made when missing. Default: the one that the url names, else holdfast. */
  readonly schema?: string | undefined;
  /**
   * The server's own address, where `url` is a pooler's: for the lock that proves that a process lives, and for hints of
   * changes. Default: `url`, unless a pooler is found there.
   */
  readonly directUrl?: string | undefined;
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
  const max = Math.max(1, connectionsMax - LANES);
  const { pool, isPooled } = await openPool({ url, schema, max, name: "holdfast" }, location);
  try {
    const direct = await findDirect({ given: options.directUrl, url, schema, pool, isPooled });
    const makeDirectClient =
      direct.url === null ? null : (name: string) => makeClient({ url: direct.url as string, schema, name });
    const db = new Database(
      {
        ...{ pool, makeDirectClient, lockClass: lockClassOf(schema) },
        poolers: { isUrl: isPooled, isDirectUrl: direct.isPooler },
        makeClient: (name) => makeClient({ url, schema, name, isPooled }),
      },
      location,
    );
    const listener = makeDirectClient === null ? null : () => makeDirectClient("holdfast hints");
    const changes = new ChangeFeed(db, listener, `holdfast ${schema}`);
    const processModule = { url: new URL("./open-in-process.js", import.meta.url).href, options };
    return new PostgresStore(db, processModule, changes);
  } catch (thrown) {
    await pool.end();
    throw thrown;
  }
}

/** Connections to tables of this version; a pooler that stands between is found by the first of them. */
async function openPool(
  options: Parameters<typeof makePool>[0],
  location: string,
): Promise<{ readonly pool: pg.Pool; readonly isPooled: boolean }> {
  for (const isPooled of [false, true]) {
    const pool = makePool({ ...options, isPooled });
    try {
      const client = await pool.connect();
      try {
        const isFound = !isPooled && (await isThroughPooler(client));
        if (!isFound) {
          const { rows } = await client.query("SELECT current_setting('server_version_num')::int AS version");
          checkServerVersion((rows[0] as { version: number }).version, location);
          await migrate(client, options.schema, location);
          return { pool, isPooled };
        }
      } finally {
        client.release();
      }
    } catch (thrown) {
      await pool.end();
      if (!isPooled && isSettingRefused(thrown)) continue;
      throw toStoreError(thrown, location, false);
    }
    await pool.end();
  }
  throw new Error("a connection was neither direct nor through a pooler");
}

interface DirectQuestion {
  readonly given: string | undefined;
  readonly url: string;
  readonly schema: string;
  readonly pool: pg.Pool;
  readonly isPooled: boolean;
}

/**
 * Where locks of a session and LISTEN can be had: null where nowhere.
 * @throws {StoreUnreachableError} STORE_UNREACHABLE — nothing answers there.
 * @throws {WrongUseError} WRONG_USE — it is another database.
 */
async function findDirect(
  question: DirectQuestion,
): Promise<{ readonly url: string | null; readonly isPooler: boolean }> {
  const { given, url, schema, pool, isPooled } = question;
  if (given === undefined) return { url: isPooled ? null : url, isPooler: false };
  const direct = splitUrl(given).url;
  const location = locationOf(direct);
  const client = makeClient({ url: direct, schema, name: "holdfast" });
  client.on("error", () => {});
  try {
    await client.connect();
    if (await isThroughPooler(client)) return { url: null, isPooler: true };
    const sql = `SELECT encode(salt, 'hex') AS mark FROM ${quoteName(schema)}.erase_salt`;
    const marks = [await onPool(pool, sql), await client.query(sql)].map(({ rows }) => rows[0]?.mark as string);
    if (marks[0] !== marks[1]) throw otherDatabase(location);
    return { url: direct, isPooler: false };
  } catch (thrown) {
    if (isSettingRefused(thrown)) return { url: null, isPooler: true };
    if (codeOf(thrown) === "42P01") throw otherDatabase(location);
    throw toStoreError(thrown, location, false);
  } finally {
    await client.end().catch(() => {});
  }
}

async function onPool(pool: pg.Pool, sql: string): Promise<pg.QueryResult> {
  const client = await pool.connect();
  try {
    return await client.query(sql);
  } finally {
    client.release();
  }
}

const otherDatabase = (location: string) =>
  new WrongUseError({
    problem: `directUrl (${location}) is not the database of url: it must be the same one, without the pooler.`,
  });

/** 31 bits of the schema's name, so that no number has a sign. */
const lockClassOf = (schema: string): number => createHash("sha256").update(schema).digest().readUInt32BE(0) >>> 1;
