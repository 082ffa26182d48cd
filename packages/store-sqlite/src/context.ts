/**
 * What every SQL function gets: one connection with its cached statements, the store's clock, and the numbers of
 * things looked up by name. Callers own the transaction; nothing here begins or ends one.
 *
 * The name caches hold only rows that are never changed or removed, and are dropped with a rolled back transaction.
 * A run's number may be stale after its deletion by another process: use it only behind a fence or a check of the id.
 */
import type { Database, SqlValue, Statement } from "./driver.js";
import { HotState } from "./hot.js";
import type { StoreTime } from "./store-time.js";

/** Enough for the runs at work in one process; dropped whole when full. */
const RUN_KEYS_MAX = 50_000;

export class SqlContext {
  readonly #statements = new Map<string, Statement>();
  readonly names = new Map<string, number>();
  readonly hot = new HotState();
  readonly #runKeys = new Map<string, number>();
  /** Attempts that ended through this connection since all were moved to their place. */
  recentCount = 0;

  /** The instants of the transaction under way: all its rows carry the same. Taken by `stamp`. */
  wallMs = 0;
  monotonicMs = 0;
  /** Of that transaction, once it was asked for. */
  #dueMs: number | null = null;

  constructor(
    readonly db: Database,
    readonly time: StoreTime,
    readonly newNonce: () => string,
    readonly location: string,
  ) {}

  /** Take the time, once for each transaction or read. */
  stamp(): void {
    this.wallMs = this.time.wallMs();
    this.monotonicMs = this.time.monotonicMs();
    this.#dueMs = null;
  }

  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** How many rows were changed. */
  run(sql: string, ...values: SqlValue[]): number {
    return Number(this.prepare(sql).run(...values).changes);
  }

  /** The number of the row inserted. */
  insert(sql: string, ...values: SqlValue[]): number {
    return Number(this.prepare(sql).run(...values).lastInsertRowid);
  }

  get<T>(sql: string, ...values: SqlValue[]): T | undefined {
    return this.prepare(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: SqlValue[]): T[] {
    return this.prepare(sql).all(...values) as T[];
  }

  /** The run's number, or undefined when there is no such run. */
  runKey(runId: string): number | undefined {
    const known = this.#runKeys.get(runId);
    if (known !== undefined) return known;
    const found = this.get<{ run_k: number }>("SELECT run_k FROM run WHERE run_id = ?", runId)?.run_k;
    if (found !== undefined) this.rememberRun(runId, found);
    return found;
  }

  rememberRun(runId: string, runK: number): void {
    if (this.#runKeys.size >= RUN_KEYS_MAX) this.#runKeys.clear();
    this.#runKeys.set(runId, runK);
  }

  forgetRun(runId: string): void {
    this.#runKeys.delete(runId);
  }

  /**
   * The wall time by which a waiting run is due: the highest that this boot has seen, carried on by the monotonic clock.
   * A clock that is set back must not keep queued runs waiting until it is there again; so the distance between the two
   * clocks is kept with the boot, for processes that start after the jump. Called in a write's transaction.
   */
  dueMs(): number {
    this.#dueMs ??= this.#noteDueMs();
    return this.#dueMs;
  }

  #noteDueMs(): number {
    const { monotonicMs } = this;
    const { bootId } = this.time;
    const aheadMs = this.wallMs - monotonicMs;
    const row = this.get<{ ahead: number }>("SELECT wall_ahead_ms AS ahead FROM boot WHERE boot_id = ?", bootId);
    if (row === undefined) {
      this.run("INSERT INTO boot (boot_id, wall_ahead_ms, first_ahead_ms) VALUES (?1, ?2, ?2)", bootId, aheadMs);
    } else if (aheadMs > row.ahead + 1_000) {
      // Clocks are slewed all the time: a second is a jump, less is not worth a write.
      this.run("UPDATE boot SET wall_ahead_ms = ? WHERE boot_id = ?", aheadMs, bootId);
    }
    return monotonicMs + Math.max(aheadMs, row?.ahead ?? aheadMs);
  }

  /** The same for a read, which notes nothing. */
  readDueMs(): number {
    const ahead = this.get<{ ahead: number }>(
      "SELECT wall_ahead_ms AS ahead FROM boot WHERE boot_id = ?",
      this.time.bootId,
    )?.ahead;
    return Math.max(this.wallMs, this.monotonicMs + (ahead ?? Number.NEGATIVE_INFINITY));
  }

  /**
   * What durations are counted by: the boot's own clock, from the wall time at which this boot was first seen. No jump of the wall
   * clock within a boot moves it, forward or back. Called in a write's transaction.
   */
  steadyMs(): number {
    this.dueMs(); // makes the row
    return this.readSteadyMs();
  }

  /** The same for a read, which notes nothing. */
  readSteadyMs(): number {
    const first = this.get<{ ahead: number }>(
      "SELECT first_ahead_ms AS ahead FROM boot WHERE boot_id = ?",
      this.time.bootId,
    )?.ahead;
    return first === undefined ? this.wallMs : this.monotonicMs + first;
  }

  /** After a rollback: rows that the caches name may not exist. */
  forgetAll(): void {
    this.names.clear();
    this.hot.forget();
    this.#runKeys.clear();
    this.#dueMs = null;
  }
}
