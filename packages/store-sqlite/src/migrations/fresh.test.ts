/** A new file gets its schema in one step, and it is the one that all the steps make. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Database, openDatabase } from "../driver.js";
import { migrateInMemory, writeDefaults } from "../migrate.js";
import { MIGRATIONS } from "./index.js";

const FRESH_FILE = fileURLToPath(new URL("./fresh.ts", import.meta.url));
/** With LONG=1 the step is written anew; build before the next test. */
const isWritten = process.env.LONG === "1";

type Value = string | number | null | { readonly randomBytes: number };
type Row = Readonly<Record<string, Value>>;

/** The bytes that a step writes are drawn by it, as a salt is: compared by their length, and drawn anew by each store. */
const comparable = (value: Value | Uint8Array): Value =>
  value instanceof Uint8Array ? { randomBytes: value.length } : value;

function openInMemory(): Database {
  const db = openDatabase(":memory:");
  onTestFinished(() => db.close());
  return db;
}

/** Tables, indexes and views in the order in which they were made, and the rows that every store begins with. */
function contentOf(db: Database) {
  const schema = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid").all() as Row[];
  const tables = schema.filter(({ type }) => type === "table").map(({ name }) => String(name));
  const rows = tables.map((name): [string, Row[]] => [
    name,
    (db.prepare(`SELECT * FROM ${name}`).all() as Record<string, Value | Uint8Array>[]).map((row) =>
      Object.fromEntries(Object.entries(row).map(([column, value]) => [column, comparable(value)])),
    ),
  ]);
  return { schema, rows: rows.filter(([, found]) => found.length > 0) };
}

function literal(value: Value): string {
  if (typeof value === "object" && value !== null) return `randomblob(${value.randomBytes})`;
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function freshSql({ schema, rows }: ReturnType<typeof contentOf>): string {
  // What SQLite makes by itself, indexes of keys and the table of sequences.
  const made = schema.filter(({ name }) => !String(name).startsWith("sqlite_")).map(({ sql }) => `${sql};`);
  const inserts = rows.map(([table, found]) => {
    const values = found.map((row) => `(${Object.values(row).map(literal).join(", ")})`);
    return `INSERT INTO ${table} VALUES\n  ${values.join(",\n  ")};`;
  });
  return [...made, ...inserts].join("\n");
}

function write(sql: string): void {
  const text = sql.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
  writeFileSync(
    FRESH_FILE,
    `/**
 * What the steps up to \`FRESH_VERSION\` make of an empty file, in one step: a tenth of their work, of which most is tables that
 * are made, moved and dropped. Written by its test, \`LONG=1 npx vitest run migrations/fresh\`; never by hand.
 */
export const FRESH_VERSION = ${MIGRATIONS.length};

export const FRESH_SQL = \`
${text}
\`;
`,
  );
}

test("a new file has what all the steps make of an empty one, in the same order", () => {
  const stepped = openInMemory();
  for (const sql of MIGRATIONS) stepped.exec(sql);
  if (isWritten) return write(freshSql(contentOf(stepped)));
  writeDefaults(stepped);
  const fresh = openInMemory();
  migrateInMemory(fresh);
  const cure = "LONG=1 npx vitest run migrations/fresh writes the step anew";
  expect(contentOf(fresh), cure).toEqual(contentOf(stepped));
  expect(contentOf(fresh).rows.length).toBeGreaterThan(0);
});
