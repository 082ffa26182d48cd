/**
 * This store as an end of a copy, over one connection. A source is read within one transaction that keeps writers out, so that all
 * its pages are of one instant.
 */
import { type CopiedTable, type StoreTables, type TableRow, type TableValue, WrongUseError } from "@holdfast/core";
import type pg from "pg";
import { isThroughPooler, locationOf, makeClient, splitUrl } from "./connections.js";
import { isSettingRefused, toStoreError } from "./postgres-errors.js";

/** Parameters of one statement that the protocol takes at most. */
const PARAMETERS_MAX = 65_535;

/** Opens the schema that the url names, of today's tables. */
export async function openTables(text: string, role: "source" | "target"): Promise<StoreTables> {
  const { url, schema } = splitUrl(text);
  const client = makeClient({ url, schema: schema ?? "holdfast", name: "holdfast copy" });
  client.on("error", () => {});
  const location = locationOf(url);
  try {
    await client.connect();
    if (await isThroughPooler(client)) throw throughPooler(location);
    await client.query("SET statement_timeout = 0");
    if (role === "source") {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      // Every change of a run takes its live row or makes one; workers report to their own table.
      await client.query("LOCK TABLE run, run_live, worker, dataset, audit IN SHARE MODE");
    }
    return new PostgresTables(client, location, role);
  } catch (thrown) {
    await client.end().catch(() => {});
    throw isSettingRefused(thrown) ? throughPooler(location) : toStoreError(thrown, location, false);
  }
}

/** Its locks and settings belong to a session. */
const throughPooler = (location: string) =>
  new WrongUseError({ problem: `${location} is a pooler: a copy needs the address of the server itself.` });

class PostgresTables implements StoreTables {
  constructor(
    private readonly client: pg.Client,
    readonly location: string,
    private readonly role: "source" | "target",
  ) {}

  async tables(): Promise<readonly string[]> {
    const sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1";
    return (await this.all<{ name: string }>(sql)).map(({ name }) => name);
  }

  async columns(table: string): Promise<readonly string[]> {
    const sql = `SELECT attname AS name FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attname COLLATE "C"`;
    return (await this.all<{ name: string }>(sql, table)).map(({ name }) => name);
  }

  async page(
    table: CopiedTable,
    columns: readonly string[],
    after: TableRow | null,
    limit: number,
  ): Promise<readonly TableRow[]> {
    const order = await this.orderOf(table);
    const places = table.key.map((_, index) => `$${index + 1}`);
    const where = after === null ? "" : `WHERE (${order.join(", ")}) > (${places.join(", ")})`;
    const sql = `SELECT ${columns.join(", ")} FROM ${table.name} ${where}
      ${order.length === 0 ? "" : `ORDER BY ${order.join(", ")}`} LIMIT ${limit}`;
    const rows = await this.all<Record<string, TableValue>>(sql, ...(after ?? []));
    return rows.map((row) => columns.map((column) => row[column] ?? null));
  }

  async lastKey(table: CopiedTable): Promise<TableRow | null> {
    const order = (await this.orderOf(table)).map((column) => `${column} DESC`);
    const sql = `SELECT ${table.key.join(", ")} FROM ${table.name} ORDER BY ${order.join(", ")} LIMIT 1`;
    const [row] = await this.all<Record<string, TableValue>>(sql);
    return row === undefined ? null : table.key.map((column) => row[column] ?? null);
  }

  async append({ name }: CopiedTable, columns: readonly string[], rows: readonly TableRow[]): Promise<void> {
    const rowsMax = Math.floor(PARAMETERS_MAX / columns.length);
    await this.inTransaction(async () => {
      for (let from = 0; from < rows.length; from += rowsMax) {
        const part = rows.slice(from, from + rowsMax);
        const tuples = part.map(
          (_, row) => `(${columns.map((_, at) => `$${row * columns.length + at + 1}`).join(", ")})`,
        );
        const sql = `INSERT INTO ${name} (${columns.join(", ")}) OVERRIDING SYSTEM VALUE VALUES ${tuples.join(", ")}`;
        await this.client.query(sql, part.flat().map(asParameter));
      }
    });
  }

  async clear(tables: readonly string[]): Promise<void> {
    await this.inTransaction(async () => {
      for (const table of tables) await this.client.query(`DELETE FROM ${table}`);
    });
  }

  async copyingFrom(): Promise<string | null> {
    const [row] = await this.all<{ json: string }>("SELECT json FROM store_default WHERE name = 'copying'");
    return row === undefined ? null : (JSON.parse(row.json) as string);
  }

  async markCopying(from: string | null): Promise<void> {
    await this.inTransaction(async () => {
      await this.client.query("DELETE FROM store_default WHERE name = 'copying'");
      if (from === null) return;
      await this.client.query("INSERT INTO store_default (name, json) VALUES ('copying', $1)", [JSON.stringify(from)]);
    });
  }

  async lastResourceToken(): Promise<number> {
    const sql = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS last FROM resource_token";
    return (await this.all<{ last: number }>(sql))[0]?.last ?? 0;
  }

  async setLastResourceToken(token: number): Promise<void> {
    await this.all("SELECT setval('resource_token', $1, false)", token + 1);
  }

  async goOn(): Promise<void> {
    const sql = `SELECT c.relname AS name, a.attname AS key FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = current_schema()::regnamespace AND a.attidentity <> ''`;
    for (const { name, key } of await this.all<{ name: string; key: string }>(sql)) {
      const next = `(SELECT coalesce(max(${key}), 0) + 1 FROM ${name})`;
      await this.all(`SELECT setval(pg_get_serial_sequence('${name}', '${key}'), ${next}, false)`);
    }
    // What the planner knows of tables that were empty a moment ago would mislead it for a while.
    for (const table of await this.tables()) await this.all(`ANALYZE ${table}`);
  }

  async close(): Promise<void> {
    if (this.role === "source") await this.client.query("ROLLBACK").catch(() => {});
    await this.client.end();
  }

  /** Columns of the key as they are compared: texts by their bytes, whatever the database's language. */
  private async orderOf({ name, key }: CopiedTable): Promise<readonly string[]> {
    const sql = `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND atttypid = 'text'::regtype`;
    const texts = new Set((await this.all<{ name: string }>(sql, name)).map((row) => row.name));
    return key.map((column) => (texts.has(column) ? `${column} COLLATE "C"` : column));
  }

  private async inTransaction(work: () => Promise<void>): Promise<void> {
    try {
      await this.client.query("BEGIN");
      await work();
      await this.client.query("COMMIT");
    } catch (thrown) {
      await this.client.query("ROLLBACK").catch(() => {});
      throw toStoreError(thrown, this.location, false);
    }
  }

  private async all<T>(sql: string, ...values: readonly TableValue[]): Promise<T[]> {
    try {
      return (await this.client.query(sql, values.map(asParameter))).rows as T[];
    } catch (thrown) {
      throw toStoreError(thrown, this.location, false);
    }
  }
}

/** The driver knows bytes as a Buffer. */
const asParameter = (value: TableValue) => (value instanceof Uint8Array ? Buffer.from(value) : value);
