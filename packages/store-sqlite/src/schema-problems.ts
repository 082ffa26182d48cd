/**
 * Whether a file's tables, columns, indexes and views are those of today's schema. What people added beside them is theirs.
 * The expected ones are read from an empty store in memory, so that no list has to follow the migrations.
 */
import { type Database, openDatabase } from "./driver.js";
import { migrateInMemory } from "./migrate.js";

interface SchemaPart {
  readonly kind: "table" | "index" | "view";
  readonly name: string;
  /** Columns with their types for a table, columns in order for an index, the statement for a view: a JSON list. */
  readonly shape: string;
}

const SHAPES = `
  SELECT m.type AS kind, m.name AS name,
    CASE m.type
      WHEN 'table' THEN (SELECT json_group_array(x.name || ' ' || x.type) FROM pragma_table_xinfo(m.name) AS x)
      WHEN 'index' THEN (SELECT json_group_array(coalesce(x.name, '') ORDER BY x.seqno) FROM pragma_index_xinfo(m.name) AS x)
      ELSE json_array(m.sql)
    END AS shape
  FROM sqlite_schema AS m
  WHERE m.type IN ('table', 'index', 'view') AND m.name NOT LIKE 'sqlite_%'`;

let expected: readonly SchemaPart[] | null = null;

/** Differences from today's schema in words, without the file's name; empty when there are none. */
export function schemaProblems(db: Database): readonly string[] {
  expected ??= readExpected();
  const found = new Map(readShapes(db).map((part) => [`${part.kind} ${part.name}`, part.shape]));
  return expected.flatMap(({ kind, name, shape }) => {
    const actual = found.get(`${kind} ${name}`);
    if (actual === undefined) return [`${kind} ${name} is missing`];
    if (actual === shape) return [];
    const columns = new Set(JSON.parse(actual) as string[]);
    const missing = (JSON.parse(shape) as string[]).filter((column) => !columns.has(column));
    if (kind !== "table") return [`${kind} ${name} is not the one of this version`];
    // A column that somebody added is theirs.
    return missing.length === 0 ? [] : [`table ${name} has no column ${missing.join(", ")}`];
  });
}

const readShapes = (db: Database) => db.prepare(SHAPES).all() as readonly SchemaPart[];

function readExpected(): readonly SchemaPart[] {
  const db = openDatabase(":memory:");
  try {
    migrateInMemory(db);
    return readShapes(db);
  } finally {
    db.close();
  }
}
