/**
 * A store as tables of rows: for copying it whole into a store of the other kind, while nobody works on either. Names of tables and
 * columns are the same in both stores; where one has none, its end leaves it out or makes it.
 */

/** A value of a row. */
export type TableValue = string | number | null | Uint8Array;

/** A row, its values in the order of the columns that were asked for. */
export type TableRow = readonly TableValue[];

/** A table and the columns by which its rows are told apart, in the order in which they are read. */
export interface CopiedTable {
  /** Name in both stores. */
  readonly name: string;
  /** Columns of its key; none: a handful of rows without one. */
  readonly key: readonly string[];
}

/** One end of a copy; made by `openTables` of a store. */
export interface StoreTables {
  /** Location for messages; never a secret. */
  readonly location: string;
  /** Columns of every table that is copied, sorted; what the two ends do not share is named in no list. */
  columns(table: string): Promise<readonly string[]>;
  /** Names of all tables, those that are not copied among them. */
  tables(): Promise<readonly string[]>;
  /** Rows whose key is greater than `after`, in the order of the key: numbers by value, texts by bytes. */
  page(
    table: CopiedTable,
    columns: readonly string[],
    after: TableRow | null,
    limit: number,
  ): Promise<readonly TableRow[]>;
  /** The greatest key; null for an empty table. */
  lastKey(table: CopiedTable): Promise<TableRow | null>;
  /** Writes rows in one transaction. */
  append(table: CopiedTable, columns: readonly string[], rows: readonly TableRow[]): Promise<void>;
  /** Removes all rows of the tables. */
  clear(tables: readonly string[]): Promise<void>;
  /** Where an unfinished copy into this store came from; null where there is none. */
  copyingFrom(): Promise<string | null>;
  /** Marks the store as an unfinished copy, which is opened for nothing else; null when it is finished. */
  markCopying(from: string | null): Promise<void>;
  /** The last number given to a lease of a resource: the next one is greater. */
  lastResourceToken(): Promise<number>;
  setLastResourceToken(token: number): Promise<void>;
  /** Numbers that the store gives itself go on after those that were copied. */
  goOn(): Promise<void>;
  /** Lets go of the store: a source is as it was. */
  close(): Promise<void>;
}
