/** Bringing a schema to today's tables: under a lock, so that processes that start together do it once. */
import { NEW_STORE_RETENTION, StoreTooNewError } from "@holdfast/core";
import type { PoolClient } from "pg";
import { quoteName } from "./connections.js";
import { CAUSES_VERSION, fillCauses } from "./migrations/fill-causes.js";
import { MIGRATIONS } from "./migrations/index.js";

export const SCHEMA_VERSION = MIGRATIONS.length;
/** Any number that no other program is likely to take. */
const MIGRATION_LOCK = 4_738_291;

export async function migrate(client: PoolClient, schema: string, location: string): Promise<void> {
  if ((await readVersion(client, schema)) === SCHEMA_VERSION) return;
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [MIGRATION_LOCK, schema]);
    const done = (await readVersion(client, schema)) ?? 0;
    if (done > SCHEMA_VERSION) throw new StoreTooNewError({ location, found: done, known: SCHEMA_VERSION });
    if (done === 0) await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
    for (const sql of MIGRATIONS.slice(done)) await client.query(sql);
    if (done === 0) await writeFirst(client);
    else if (done < CAUSES_VERSION) await fillCauses(client);
    await client.query("DELETE FROM schema_version");
    await client.query("INSERT INTO schema_version (version) VALUES ($1)", [SCHEMA_VERSION]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** What a new store begins with. */
async function writeFirst(client: PoolClient): Promise<void> {
  await client.query("INSERT INTO store_default (name, json) VALUES ('retention', $1)", [
    JSON.stringify(NEW_STORE_RETENTION),
  ]);
  await client.query(
    "INSERT INTO erase_salt (salt) SELECT decode(md5(random()::text) || md5(gen_random_uuid()::text), 'hex')",
  );
}

/** Null where the schema has no tables of ours. */
async function readVersion(client: PoolClient, schema: string): Promise<number | null> {
  const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS there", [
    `${quoteName(schema)}.schema_version`,
  ]);
  if ((rows[0] as { there: boolean }).there !== true) return null;
  const found = await client.query(`SELECT version FROM ${quoteName(schema)}.schema_version`);
  return (found.rows[0] as { version: number } | undefined)?.version ?? null;
}
