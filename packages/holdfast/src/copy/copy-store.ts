/**
 * Copies a store whole into an empty one of either kind, live runs included, while nobody works on them.
 *
 * The rows of a table are copied in the order of its key, a page in one transaction; so what is there after a crash is a beginning
 * of the table, and the next copy goes on behind it. Until all is there and was compared, the target is marked and opens for
 * nothing else. Compared are the rows themselves: both stores are read again, and hashed table by table.
 */
import { createHash } from "node:crypto";
import { type CopiedTable, StoreCorruptError, type StoreTables, type TableRow, WrongUseError } from "@holdfast/core";
import { CLOCKED, COPIED, LEFT, REPLACED } from "./copied-tables.js";

/** Rows in a transaction: some megabytes where rows are large, and a second of work at most is done again. */
const PAGE_COUNT = 1_000;

export interface CopyReport {
  /** Rows by table, of those that have any. */
  readonly rows: Readonly<Record<string, number>>;
  /** SHA-256 over all rows, the same in both stores. */
  readonly sha256: string;
  /** Whether an earlier copy was continued. */
  readonly isContinued: boolean;
}

export interface CopyEnds {
  readonly source: StoreTables;
  readonly target: StoreTables;
  /** Told after each page. */
  readonly onPage?: ((table: string, rows: number) => void) | undefined;
}

export async function copyTables({ source, target, onPage = () => {} }: CopyEnds): Promise<CopyReport> {
  const columns = await sharedColumns(source, target);
  const isContinued = await beginOrGoOn(source, target);
  let copied = await copyAll({ source, target, onPage, columns });
  if (copied.differing !== null && isContinued) {
    // The source has changed since the copy that was continued: what that one wrote is of no use.
    await target.clear([...COPIED].reverse().map(({ name }) => name));
    copied = await copyAll({ source, target, onPage, columns });
  }
  if (copied.differing !== null) {
    const problem = `table ${copied.differing} is not what ${source.location} has: the copy stays marked as unfinished`;
    throw new StoreCorruptError({ location: target.location, problem });
  }
  await target.setLastResourceToken(await source.lastResourceToken());
  await target.goOn();
  await target.markCopying(null);
  return { rows: copied.rows, sha256: copied.sha256, isContinued };
}

type Columns = ReadonlyMap<string, readonly string[]>;

/** @throws {StoreCorruptError} STORE_CORRUPT — a table or a column is in one store only: another version made it. */
async function sharedColumns(source: StoreTables, target: StoreTables): Promise<Columns> {
  const known = [...COPIED, ...REPLACED].map(({ name }) => name);
  for (const end of [source, target]) {
    for (const name of await end.tables()) {
      if (known.includes(name) || LEFT.includes(name)) continue;
      const rows = await end.page({ name, key: [] }, await end.columns(name), null, 1);
      if (rows.length > 0) throw foreign(end.location, `a copy does not know the table ${name}`);
    }
  }
  const shared = new Map<string, readonly string[]>();
  for (const name of known) {
    const [a, b] = [await source.columns(name), await target.columns(name)];
    const odd = [...a, ...b].find((column) => !a.includes(column) || !b.includes(column));
    if (a.length === 0 || odd !== undefined) throw foreign(target.location, `table ${name}, column ${odd ?? "?"}`);
    shared.set(name, a);
  }
  return shared;
}

const foreign = (location: string, what: string) =>
  new StoreCorruptError({ location, problem: `${what}: its tables are not those of this version` });

/** @throws {WrongUseError} WRONG_USE — the target holds something else. */
async function beginOrGoOn(source: StoreTables, target: StoreTables): Promise<boolean> {
  const from = await target.copyingFrom();
  if (from === source.location) return true;
  if (from !== null) {
    const problem = `${target.location} is an unfinished copy of ${from}: finish that one, or remove it.`;
    throw new WrongUseError({ problem });
  }
  for (const table of COPIED) {
    if ((await target.lastKey(table)) === null) continue;
    const problem = `${target.location} is not empty (${table.name}): a store is copied into a new one.`;
    throw new WrongUseError({ problem });
  }
  await target.markCopying(source.location);
  return false;
}

interface Copied {
  readonly rows: Record<string, number>;
  readonly sha256: string;
  /** A table whose rows are not the same. */
  readonly differing: string | null;
}

async function copyAll(parts: CopyEnds & { readonly columns: Columns }): Promise<Copied> {
  const { source, target, columns, onPage } = parts;
  const columnsOf = (table: CopiedTable) => columns.get(table.name) ?? [];
  for (const table of COPIED) {
    for (let after = await target.lastKey(table); ; ) {
      const rows = await source.page(table, columnsOf(table), after, PAGE_COUNT);
      const last = rows.at(-1);
      if (last === undefined) break;
      const placed = rows.map((row) => withoutClock(table, columnsOf(table), row));
      await target.append(table, columnsOf(table), placed);
      onPage?.(table.name, rows.length);
      after = table.key.map((name) => last[columnsOf(table).indexOf(name)] ?? null);
    }
  }
  for (const table of REPLACED) await replace(source, target, table, columnsOf(table));
  return compare(parts);
}

/** What the other store's clock says means nothing here: a lease has expired, progress was when the row was last changed. */
function withoutClock({ name }: CopiedTable, columns: readonly string[], row: TableRow): TableRow {
  if (CLOCKED[name] === undefined) return row;
  const updatedAt = row[columns.indexOf("updated_at")] ?? 0;
  return row.map((value, at) => {
    if (value === null) return null;
    if (columns[at] === "beat_at") return 0;
    return columns[at] === "progress_at" ? updatedAt : value;
  });
}

/** Counts by name, of rows that may have several of one. */
function summed(columns: readonly string[], rows: readonly TableRow[]): Map<string, number> {
  const sums = new Map<string, number>();
  const [name, count] = [columns.findIndex((column) => column !== "runs"), columns.indexOf("runs")];
  for (const row of rows) sums.set(String(row[name]), (sums.get(String(row[name])) ?? 0) + Number(row[count]));
  return sums;
}

/** The mark of the copy is the target's own. */
const isMark = (row: TableRow) => row.includes("copying");

async function rowsOf(end: StoreTables, table: CopiedTable, columns: readonly string[]): Promise<readonly TableRow[]> {
  return (await end.page(table, columns, null, PAGE_COUNT * PAGE_COUNT)).filter((row) => !isMark(row));
}

async function replace(
  source: StoreTables,
  target: StoreTables,
  table: (typeof REPLACED)[number],
  columns: readonly string[],
): Promise<void> {
  let rows = await rowsOf(source, table, columns);
  if (table.isSummed) {
    const sums = summed(columns, rows);
    // Names that a store begins with stay, with nothing.
    for (const [name] of summed(columns, await rowsOf(target, table, columns))) {
      if (!sums.has(name)) sums.set(name, 0);
    }
    rows = [...sums].map(([name, count]) => columns.map((column) => (column === "runs" ? count : name)));
  }
  const from = await target.copyingFrom();
  await target.clear([table.name]);
  await target.append(table, columns, rows);
  if (table.name === "store_default") await target.markCopying(from);
}

async function compare({ source, target, columns }: CopyEnds & { readonly columns: Columns }): Promise<Copied> {
  const whole = createHash("sha256");
  const rows: Record<string, number> = {};
  for (const table of [...COPIED, ...REPLACED]) {
    const compared = (columns.get(table.name) ?? []).filter((column) => !CLOCKED[table.name]?.includes(column));
    const [a, b] = [await digestOf(source, table, compared), await digestOf(target, table, compared)];
    if (a.count !== b.count || a.sha256 !== b.sha256) return { rows, sha256: "", differing: table.name };
    if (a.count > 0) rows[table.name] = a.count;
    whole.update(`${table.name} ${a.count} ${a.sha256}\n`);
  }
  return { rows, sha256: whole.digest("hex"), differing: null };
}

async function digestOf(
  end: StoreTables,
  table: CopiedTable & { readonly isSummed?: true },
  columns: readonly string[],
): Promise<{ readonly count: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let count = 0;
  const add = (row: TableRow) => {
    count += 1;
    hash.update(
      `${JSON.stringify(row.map((it) => (it instanceof Uint8Array ? Buffer.from(it).toString("hex") : it)))}\n`,
    );
  };
  if (table.key.length === 0 || table.name === "store_default") {
    const found = await rowsOf(end, table, columns);
    if (!table.isSummed) found.forEach(add);
    else {
      const sums = [...summed(columns, found)].filter(([, sum]) => sum !== 0);
      for (const pair of sums.sort(([x], [y]) => (x < y ? -1 : 1))) add(pair);
    }
    return { count, sha256: hash.digest("hex") };
  }
  for (let after: TableRow | null = null; ; ) {
    const page: readonly TableRow[] = await end.page(table, columns, after, PAGE_COUNT);
    for (const row of page) add(row);
    const last = page.at(-1);
    if (last === undefined) return { count, sha256: hash.digest("hex") };
    after = table.key.map((name) => last[columns.indexOf(name)] ?? null);
  }
}
