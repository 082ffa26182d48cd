/**
 * What every SQL function gets: one connection, the store's instant, and the numbers of things looked up by name. Callers own
 * the transaction; nothing here begins or ends one.
 */
import type { PoolClient, QueryResult } from "pg";
import type { HeldRun } from "./held-run.js";

/** A value of a statement. */
export type SqlValue = string | number | null | boolean | Uint8Array | readonly SqlValue[];

/** Numbers of rows that are never changed or removed, shared by the transactions of a process. */
export class NameCache {
  readonly committed = new Map<string, number>();
}

export class SqlContext {
  /** The database's clock when the transaction began: all its rows carry it. */
  readonly wallMs: number;
  /** Runs whose rows a fenced write has changed in memory; written by `flushHeld`. */
  readonly held = new Map<number, HeldRun>();
  /** Found or made in this transaction; kept for others once it is committed. */
  readonly names = new Map<string, number>();

  constructor(
    readonly client: Pick<PoolClient, "query">,
    wallMs: number,
    private readonly cache: NameCache,
    /** Of the leases that are taken here; a claim sets its own, by which it finds them if its answer is lost. */
    public newNonce: () => string,
  ) {
    this.wallMs = wallMs;
  }

  /** One clock tells everything here: the database's. */
  get monotonicMs(): number {
    return this.wallMs;
  }

  /** The time by which a waiting run is due. */
  dueMs(): number {
    return this.wallMs;
  }

  async get<T>(sql: string, ...values: readonly SqlValue[]): Promise<T | undefined> {
    return (await this.query(sql, values)).rows[0] as T | undefined;
  }

  async all<T>(sql: string, ...values: readonly SqlValue[]): Promise<T[]> {
    return (await this.query(sql, values)).rows as T[];
  }

  /** How many rows were changed. */
  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return (await this.query(sql, values)).rowCount ?? 0;
  }

  async runKey(runId: string): Promise<number | undefined> {
    return (await this.get<{ run_k: number }>("SELECT run_k FROM run WHERE run_id = ?", runId))?.run_k;
  }

  /** The number of a name: from the cache, else as `find` finds or makes it. */
  async nameOf(key: string, find: () => Promise<number>): Promise<number> {
    const known = this.cache.committed.get(key) ?? this.names.get(key);
    if (known !== undefined) return known;
    const found = await find();
    this.names.set(key, found);
    return found;
  }

  /** After the commit: what was found or made is there for all. */
  keepNames(): void {
    for (const [key, value] of this.names) this.cache.committed.set(key, value);
  }

  private query(sql: string, values: readonly SqlValue[]): Promise<QueryResult> {
    return this.client.query(numbered(sql), values as SqlValue[]);
  }
}

const texts = new Map<string, string>();

/** `?` and `?2` as PostgreSQL numbers them: statements are written as for the other store, where that is no difference. */
function numbered(sql: string): string {
  let text = texts.get(sql);
  if (text === undefined) {
    let count = 0;
    text = sql.replace(/'[^']*'|\?(\d*)/g, (all, place: string | undefined) =>
      place === undefined ? all : place === "" ? `$${++count}` : `$${place}`,
    );
    texts.set(sql, text);
  }
  return text;
}
