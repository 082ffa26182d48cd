/** A server for the tests of one file, and stores over it: a schema each. Without a server the tests are skipped by name. */
import { createHash } from "node:crypto";
import type { Store } from "@holdfast/core";
import { openPostgresStore, type PostgresStore } from "@holdfast/store-postgres";
import pg from "pg";
import { afterAll } from "vitest";
import { startPostgres } from "../suite/postgres.mjs";

const server = await startPostgres();
export const problem = "problem" in server ? server.problem : null;
export const title = (what: string) => (problem === null ? what : `${what} (SKIPPED: ${problem})`);

afterAll(async () => {
  if (!("problem" in server)) await server.stop();
});

export function serverUrl(): string {
  if ("problem" in server) throw new Error(server.problem);
  return server.url;
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: serverUrl() });
  // What it is about is told by the statement.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** One statement on a connection of its own. */
export async function ask(sql: string): Promise<pg.QueryResult> {
  const client = await connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** How many of the schema's processes hold their lock, by connections that are at least so old. */
export async function locksOf(schema: string, olderThanS = 0): Promise<number> {
  const lockClass = createHash("sha256").update(schema).digest().readUInt32BE(0) >>> 1;
  const { rows } = await ask(
    `SELECT count(*) AS locks
       FROM pg_locks l JOIN ${schema}.presence p ON p.presence_k::oid = l.objid JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid = ${lockClass}::oid
        AND a.backend_start < clock_timestamp() - interval '${olderThanS} s'`,
  );
  return Number(rows[0]?.locks);
}

let count = 0;
export const newSchema = () => `tests_${process.pid}_${++count}`;

/** What every store has from the beginning. */
const FIRST = ["schema_version", "store_default", "erase_salt"];
/** Rows that are never changed or removed: a store remembers their numbers. And its own, by which others see that its process lives. */
const REMEMBERED = ["workflow", "holder", "definition", "map_config", "presence"];

const clockSql = (schema: string, shiftMs: number) =>
  `CREATE OR REPLACE FUNCTION ${schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
     AS 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + ${shiftMs}'`;

const emptySql = (schema: string) => `
  DO $$ DECLARE name text; is_used boolean; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
                 WHERE schemaname = '${schema}' AND tablename <> ALL ('{${[...FIRST, ...REMEMBERED].join(",")}}') LOOP
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', '${schema}', name) INTO is_used;
      IF is_used THEN EXECUTE format('DELETE FROM %I.%I', '${schema}', name); END IF;
    END LOOP;
  END $$`;

interface Free {
  readonly options: { readonly url: string; readonly schema: string };
  readonly store: PostgresStore;
}

/**
 * For the contract suite. Time moves by replacing the schema's clock. A store whose test is over is emptied and used for the next test:
 * tables anew, and the five connections of a new store, cost the server more than most tests.
 */
export function factoryOf(name: string, url: () => string = serverUrl, direct: (() => string) | null = null) {
  const free: Free[] = [];
  let connecting: Promise<pg.Client> | null = null;
  const change = async (sql: string) => {
    connecting ??= connect();
    await (await connecting).query(sql);
  };
  afterAll(async () => {
    await Promise.all(free.map(({ store }) => store.close()));
    await (await connecting)?.end();
  });
  const openNew = async (): Promise<Free> => {
    const options = { url: url(), schema: newSchema(), ...(direct === null ? {} : { directUrl: direct() }) };
    return { options, store: await openPostgresStore(options) };
  };
  return {
    name,
    async open() {
      const opened = free.pop() ?? (await openNew());
      const { options, store } = opened;
      let shiftMs = 0;
      return {
        store,
        async advance(ms: number) {
          shiftMs += Math.round(ms);
          await change(clockSql(options.schema, shiftMs));
        },
        openAgain: () => openPostgresStore(options),
        async close() {
          await change(`${emptySql(options.schema)}; ${shiftMs === 0 ? "" : clockSql(options.schema, 0)}`);
          if (await isOpen(store)) free.push(opened);
        },
      };
    },
  };
}

/** Some tests close their store. */
const isOpen = (store: Store) =>
  store.probe().then(
    () => true,
    () => false,
  );
