/**
 * This store as an end of a copy. A source is locked against writers for as long as it is read, and what is done to it for
 * reading (attempts that ended lately are put where all others are) is undone at the end.
 */
import type { CopiedTable, StoreTables, TableRow, TableValue } from "@holdfast/core";
import { openConnection } from "./connection.js";
import type { Database, SqlValue } from "./driver.js";
import { pathOf } from "./sql/search.js";
import { toStoreError } from "./sqlite-errors.js";

/** What the other store calls otherwise. */
const OWN_NAMES: Readonly<Record<string, string>> = { change_reason: "repin_reason" };
const SHARED_NAMES: Readonly<Record<string, string>> = { repin_reason: "change_reason" };
/** Made here from other columns, or of this store's own clock. */
const OWN_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  run_live: ["boot_k"],
  event_row: ["id"],
  search_field: ["path"],
  erase_salt: ["id"],
};
/** A boot that is no other: what it dates has expired. */
const COPIED_BOOT = "copied";

const ATTEMPT_COLUMNS = `run_k, stage, attempt, generation, start_seq, status, is_record, is_counted, holder_k, started_at, finished_at,
  inputs_hash, error, output_sha256, output_bytes, output, label`;

/** Opens the file of a store of today's schema. */
export async function openTables(file: string, role: "source" | "target"): Promise<StoreTables> {
  const db = openConnection(file, "writer", "FULL");
  try {
    if (role === "source") {
      db.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
      db.exec(
        "INSERT OR IGNORE INTO event_row (id, type, at, stage, body) SELECT id, type, at, stage, body FROM event",
      );
      db.exec(`INSERT OR IGNORE INTO attempt_row (${ATTEMPT_COLUMNS}) SELECT ${ATTEMPT_COLUMNS} FROM attempt`);
    }
    return new SqliteTables(db, file, role);
  } catch (thrown) {
    db.close();
    throw toStoreError(thrown, file, 0);
  }
}

class SqliteTables implements StoreTables {
  constructor(
    private readonly db: Database,
    readonly location: string,
    private readonly role: "source" | "target",
  ) {}

  async tables(): Promise<readonly string[]> {
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    return this.all<{ name: string }>(sql).map(({ name }) => name);
  }

  async columns(table: string): Promise<readonly string[]> {
    const own = OWN_COLUMNS[table] ?? [];
    const found = this.all<{ name: string }>("SELECT name FROM pragma_table_xinfo(?)", table);
    return found
      .map(({ name }) => SHARED_NAMES[name] ?? name)
      .filter((name) => !own.includes(name))
      .sort();
  }

  async page(
    { name, key }: CopiedTable,
    columns: readonly string[],
    after: TableRow | null,
    limit: number,
  ): Promise<readonly TableRow[]> {
    // Numbers of events are two in one here: run and place.
    const isEvents = name === "event_row";
    const from = isEvents ? "id > ((? << 32) | ?)" : `(${key.join(", ")}) > (${key.map(() => "?").join(", ")})`;
    const order = key.length === 0 ? "" : `ORDER BY ${isEvents ? "id" : key.join(", ")}`;
    const sql = `SELECT ${columns.map((column) => OWN_NAMES[column] ?? column).join(", ")} FROM ${name}
      ${after === null ? "" : `WHERE ${from}`} ${order} LIMIT ?`;
    const rows = this.all<Record<string, TableValue>>(sql, ...(after ?? []), limit);
    return rows.map((row) => columns.map((column) => row[OWN_NAMES[column] ?? column] ?? null));
  }

  async lastKey({ name, key }: CopiedTable): Promise<TableRow | null> {
    const order = name === "event_row" ? "id DESC" : key.map((column) => `${column} DESC`).join(", ");
    const [row] = this.all<Record<string, TableValue>>(
      `SELECT ${key.join(", ")} FROM ${name} ORDER BY ${order} LIMIT 1`,
    );
    return row === undefined ? null : key.map((column) => row[column] ?? null);
  }

  async append({ name }: CopiedTable, columns: readonly string[], rows: readonly TableRow[]): Promise<void> {
    const given = columns.map((column) => OWN_NAMES[column] ?? column);
    const places = columns.map((_, index) => `?${index + 1}`);
    const placeOf = (column: string) => places[columns.indexOf(column)];
    if (name === "event_row") {
      const kept = given.filter((column) => column !== "run_k" && column !== "seq");
      const values = kept.map((column) => placeOf(column));
      const id = `(${placeOf("run_k")} << 32) | ${placeOf("seq")}`;
      return this.insert(`INSERT INTO event_row (id, ${kept.join(", ")}) VALUES (${id}, ${values.join(", ")})`, rows);
    }
    if (name === "search_field") {
      const field = columns.indexOf("field");
      const sql = `INSERT INTO ${name} (${given.join(", ")}, path) VALUES (${places.join(", ")}, ?${columns.length + 1})`;
      return this.insert(
        sql,
        rows.map((row) => [...row, pathOf(String(row[field]))]),
      );
    }
    if (name === "run_live") {
      this.db.prepare("INSERT OR IGNORE INTO boot (boot_id, wall_ahead_ms) VALUES (?, 0)").run(COPIED_BOOT);
      const boot = `(SELECT boot_k FROM boot WHERE boot_id = '${COPIED_BOOT}')`;
      return this.insert(
        `INSERT INTO ${name} (${given.join(", ")}, boot_k) VALUES (${places.join(", ")}, ${boot})`,
        rows,
      );
    }
    return this.insert(`INSERT INTO ${name} (${given.join(", ")}) VALUES (${places.join(", ")})`, rows);
  }

  async clear(tables: readonly string[]): Promise<void> {
    this.inTransaction(() => {
      for (const table of tables) this.db.exec(`DELETE FROM ${table}`);
    });
  }

  async copyingFrom(): Promise<string | null> {
    const [row] = this.all<{ json: string }>("SELECT json FROM store_default WHERE name = 'copying'");
    return row === undefined ? null : (JSON.parse(row.json) as string);
  }

  async markCopying(from: string | null): Promise<void> {
    this.inTransaction(() => {
      this.db.exec("DELETE FROM store_default WHERE name = 'copying'");
      if (from === null) return;
      this.db.prepare("INSERT INTO store_default (name, json) VALUES ('copying', ?)").run(JSON.stringify(from));
    });
  }

  async lastResourceToken(): Promise<number> {
    return this.all<{ last_token: number }>("SELECT last_token FROM resource_counter")[0]?.last_token ?? 0;
  }

  async setLastResourceToken(token: number): Promise<void> {
    this.db.prepare("UPDATE resource_counter SET last_token = ?").run(token);
  }

  /** SQLite counts from the greatest that is there. */
  async goOn(): Promise<void> {}

  async close(): Promise<void> {
    if (this.role === "source") this.db.exec("ROLLBACK");
    else this.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.db.close();
  }

  private insert(sql: string, rows: readonly TableRow[]): void {
    this.inTransaction(() => {
      // `OR IGNORE`-free: a row that is there already is a defect of the copy, and must show.
      const statement = this.db.prepare(sql);
      for (const row of rows) statement.run(...(row as SqlValue[]));
    });
  }

  private inTransaction(work: () => void): void {
    try {
      this.db.exec("BEGIN IMMEDIATE");
      work();
      this.db.exec("COMMIT");
    } catch (thrown) {
      try {
        this.db.exec("ROLLBACK");
      } catch {
        // Rolled back already.
      }
      throw toStoreError(thrown, this.location, 0);
    }
  }

  private all<T>(sql: string, ...values: readonly TableValue[]): T[] {
    try {
      return this.db.prepare(sql).all(...(values as SqlValue[])) as T[];
    } catch (thrown) {
      throw toStoreError(thrown, this.location, 0);
    }
  }
}
