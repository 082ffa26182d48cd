/** Transactions and reads: the seam between the contract's methods and the SQL functions. */
import { randomBytes } from "node:crypto";
import { type ChangeTopic, StoreClosedError } from "@holdfast/core";
import type pg from "pg";
import { NameCache, SqlContext } from "./context.js";
import { Lane } from "./lane.js";
import { isDeadlock, toStoreError } from "./postgres-errors.js";
import { flushHeld } from "./sql/fence.js";

/** Strict: the answer waits until the write would survive a crash of the server. Soft: until the server has it. */
export type Durability = "strict" | "soft";

/** A deadlock is the meeting of two; after so many there is something else wrong. */
const DEADLOCKS_MAX = 5;

export class Database {
  private readonly names = new NameCache();
  /** Writes of runs. */
  private readonly runs = new Lane();
  /** Writes beside runs, which may take long: datasets, cleanup, audit, workers. */
  private readonly side = new Lane();
  private closed: Promise<void> | null = null;

  constructor(
    private readonly pool: pg.Pool,
    readonly location: string,
  ) {}

  /** `about`: the run that others see changed, `*` for any; null where nothing shows. */
  async write<T>(durability: Durability, about: ChangeTopic | null, work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    const result = await this.inLane(this.runs, durability, work);
    if (about !== null) this.onChanged(about);
    return result;
  }

  /** Told of each run that a committed write has changed. */
  onChanged: (topic: ChangeTopic) => void = () => {};

  writeAside<T>(durability: Durability, work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    return this.inLane(this.side, durability, work);
  }

  /** What one statement reads is of one instant; of several it is not. */
  async read<T>(work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    this.checkOpen();
    try {
      const client = await this.pool.connect();
      try {
        return await work(await this.contextOf(client, "SELECT now_ms() AS now"));
      } finally {
        client.release();
      }
    } catch (thrown) {
      throw toStoreError(thrown, this.location, false);
    }
  }

  /** For what the server refuses within a transaction. */
  async outsideTransaction<T>(work: (query: pg.PoolClient["query"]) => Promise<T>): Promise<T> {
    this.checkOpen();
    return this.side.do(async () => {
      try {
        const client = await this.pool.connect();
        try {
          // Writing large tables anew takes longer than any statement of a run.
          await client.query("SET statement_timeout = 0");
          return await work(client.query.bind(client) as pg.PoolClient["query"]);
        } finally {
          await client.query("RESET statement_timeout").catch(() => {});
          client.release();
        }
      } catch (thrown) {
        throw toStoreError(thrown, this.location, false);
      }
    });
  }

  /** Writes that were asked for come first. */
  close(): Promise<void> {
    this.closed ??= Promise.all([this.runs.whenIdle(), this.side.whenIdle()]).then(() => this.pool.end());
    return this.closed;
  }

  checkOpen(): void {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
  }

  private async inLane<T>(lane: Lane, durability: Durability, work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    this.checkOpen();
    return lane.do(async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await this.transaction(durability, work);
        } catch (thrown) {
          if (isDeadlock(thrown) && tries < DEADLOCKS_MAX) continue;
          throw thrown;
        }
      }
    });
  }

  private async transaction<T>(durability: Durability, work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    let isSent = false;
    let client: pg.PoolClient | null = null;
    try {
      client = await this.pool.connect();
      const soft = durability === "soft" ? "SET LOCAL synchronous_commit = off;" : "";
      const ctx = await this.contextOf(client, `BEGIN; ${soft} SELECT now_ms() AS now`);
      const result = await work(ctx);
      await flushHeld(ctx);
      isSent = true;
      await client.query("COMMIT");
      ctx.keepNames();
      client.release();
      return result;
    } catch (thrown) {
      if (client !== null) {
        const failed = await client.query("ROLLBACK").then(
          () => undefined,
          (error: Error) => error,
        );
        client.release(failed);
      }
      if (isDeadlock(thrown)) throw thrown;
      throw toStoreError(thrown, this.location, isSent);
    }
  }

  private async contextOf(client: pg.PoolClient, sql: string): Promise<SqlContext> {
    const answered = (await client.query(sql)) as unknown as pg.QueryResult | pg.QueryResult[];
    const last = Array.isArray(answered) ? (answered.at(-1) as pg.QueryResult) : answered;
    const { now } = last.rows[0] as { now: number };
    return new SqlContext(client, now, this.names, newNonce);
  }
}

/** 96 random bits: two claims never share a nonce, whatever was lost of the tokens before. */
const newNonce = () => randomBytes(12).toString("base64url");
