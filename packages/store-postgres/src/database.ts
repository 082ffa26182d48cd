/** Transactions, batched calls and reads: the seam between the contract's methods and the SQL functions. */
import { type ChangeTopic, StoreClosedError, type StoreLimitation } from "@holdfast/core";
import type pg from "pg";
import type { Batch, Durability } from "./batch.js";
import { NameCache, SqlContext } from "./context.js";
import { Lane } from "./lane.js";
import { noSessionLock, type Poolers } from "./limitations.js";
import { newNonce } from "./nonce.js";
import { PooledClient } from "./pooled-client.js";
import { DEADLOCKS_MAX, isConnectionLost, isDeadlock, toStoreError } from "./postgres-errors.js";
import { Presence } from "./presence.js";
import { Session } from "./session.js";
import { CommitUnanswered, contextOf, transaction } from "./transaction.js";
import { WriteLane } from "./write-lane.js";

export interface Connections {
  /** For reads, and for writes beside runs. */
  readonly pool: pg.Pool;
  /** One for each lane: the writes of runs, claims and creations, heartbeats; and one that holds the locks of this process. */
  readonly makeClient: (name: string) => pg.Client;
  /** The last of them, to the server itself; null where only a pooler is known. */
  readonly makeDirectClient: ((name: string) => pg.Client) | null;
  readonly lockClass: number;
  readonly poolers: Poolers;
}

export class Database {
  readonly names = new NameCache();
  private readonly pool: pg.Pool;
  private readonly poolers: Poolers;
  /** Writes of runs. */
  private readonly runs: WriteLane;
  /** Claims and new runs: nobody's writes wait for a claim, and no claim for them. */
  private readonly turns: WriteLane;
  private readonly beats: WriteLane;
  readonly presence: Presence;
  /** Writes beside runs, which may take long: datasets, cleanup, audit, workers. */
  private readonly side = new Lane();
  private closed: Promise<void> | null = null;

  constructor(
    { pool, makeClient, makeDirectClient, lockClass, poolers }: Connections,
    readonly location: string,
  ) {
    this.pool = pool;
    this.poolers = poolers;
    const lane = (name: string) => new WriteLane(new Session(() => makeClient(name)), location);
    this.runs = lane("holdfast runs");
    this.turns = lane("holdfast claims");
    this.beats = lane("holdfast beats");
    this.presence = new Presence(
      makeDirectClient === null ? null : () => makeDirectClient("holdfast presence"),
      lockClass,
      (work) => this.beat(work),
    );
  }

  /** Told of each run that a committed write has changed. */
  onChanged: (topic: ChangeTopic) => void = () => {};

  /**
   * A transaction. `about`: the run that others see changed, `*` for any; null where nothing shows. `order`: the run whose writes
   * keep their order, where it is not that one.
   */
  async write<T>(
    durability: Durability,
    about: ChangeTopic | null,
    work: (ctx: SqlContext) => Promise<T>,
    order: string | null = about,
  ): Promise<T> {
    this.checkOpen();
    const result = await this.runs.call<null, T>({
      ...{ durability, order, batch: null, args: () => null },
      singly: (client) => transaction(client, this.names, durability, work),
    });
    if (about !== null) this.onChanged(about);
    return result;
  }

  /** A write of a run that goes with others; `work` is the same as a transaction, for what the batch did not carry out. */
  async writeMany<A, R>(
    durability: Durability,
    runId: ChangeTopic,
    batch: Batch<A, R>,
    args: () => A | null,
    work: (ctx: SqlContext) => Promise<R>,
  ): Promise<R> {
    return this.many(this.runs, durability, runId, batch, args, work);
  }

  /** The same for a new run. */
  async createMany<A, R>(
    runId: ChangeTopic,
    batch: Batch<A, R>,
    args: () => A | null,
    work: (ctx: SqlContext) => Promise<R>,
  ): Promise<R> {
    return this.many(this.turns, "strict", runId, batch, args, work);
  }

  /** A claim: `once` is one statement, which commits by itself, or null where it must be `work`. */
  async claim<T>(
    once: () => ((client: pg.Client) => Promise<T>) | null,
    work: (ctx: SqlContext) => Promise<T>,
  ): Promise<T> {
    this.checkOpen();
    return this.turns.call({
      ...{ durability: "strict", order: null, batch: null, args: () => null },
      singly: (client) => {
        const statement = once();
        if (statement === null) return transaction(client, this.names, "strict", work);
        return statement(client).catch((thrown: unknown) => {
          throw isConnectionLost(thrown) ? new CommitUnanswered(thrown) : thrown;
        });
      },
    });
  }

  /** One statement, soft, on a connection that nothing else uses. */
  async beat<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    this.checkOpen();
    return this.beats.call({ durability: "soft", order: null, batch: null, args: () => null, singly: work });
  }

  async writeAside<T>(durability: Durability, work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    this.checkOpen();
    return this.side.do(async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await this.onPool((client) => transaction(client, this.names, durability, work));
        } catch (thrown) {
          const isUnanswered = thrown instanceof CommitUnanswered;
          const cause = isUnanswered ? thrown.cause : thrown;
          if (isDeadlock(cause) && tries < DEADLOCKS_MAX) continue;
          throw toStoreError(cause, this.location, isUnanswered);
        }
      }
    });
  }

  /** Reads with the database's instant. What one statement reads is of one instant; of several it is not. */
  read<T>(work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    return this.reading((client) => contextOf(client, this.names, "SELECT now_ms() AS now").then(work));
  }

  /** Reads that ask for no instant: nothing is sent before the first of their statements. */
  readTimeless<T>(work: (ctx: SqlContext) => Promise<T>): Promise<T> {
    return this.reading((client) => work(new SqlContext(client, Number.NaN, this.names, newNonce)));
  }

  /** For what the server refuses within a transaction. */
  async outsideTransaction<T>(work: (query: pg.PoolClient["query"]) => Promise<T>): Promise<T> {
    this.checkOpen();
    return this.side.do(() =>
      this.reading(async (client) => {
        // There a setting would stay behind for others; and none of ours is in force for such a statement.
        const isPooled = (client as unknown) instanceof PooledClient;
        try {
          // Writing large tables anew takes longer than any statement of a run.
          if (!isPooled) await client.query("SET statement_timeout = 0");
          return await work(client.query.bind(client) as pg.PoolClient["query"]);
        } finally {
          if (!isPooled) await client.query("RESET statement_timeout").catch(() => {});
        }
      }),
    );
  }

  limitations(): readonly StoreLimitation[] {
    return this.presence.canProve ? [] : [noSessionLock(this.location, this.poolers)];
  }

  /** Writes that were asked for come first. */
  close(): Promise<void> {
    this.closed ??= this.presence
      .close()
      .then(() => Promise.all([this.runs.close(), this.turns.close(), this.beats.close(), this.side.whenIdle()]))
      .then(() => this.pool.end());
    return this.closed;
  }

  checkOpen(): void {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
  }

  private async many<A, R>(
    lane: WriteLane,
    durability: Durability,
    runId: ChangeTopic,
    batch: Batch<A, R>,
    args: () => A | null,
    work: (ctx: SqlContext) => Promise<R>,
  ): Promise<R> {
    this.checkOpen();
    const result = await lane.call<A, R>({
      ...{ durability, order: runId, batch, args },
      singly: (client) => transaction(client, this.names, durability, work),
    });
    this.onChanged(runId);
    return result;
  }

  private async reading<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    this.checkOpen();
    try {
      return await this.onPool(work);
    } catch (thrown) {
      throw toStoreError(thrown, this.location, false);
    }
  }

  /** A connection that was lost is not used again. */
  private async onPool<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let failed: Error | undefined;
    try {
      return await work(client);
    } catch (thrown) {
      failed = thrown instanceof Error ? thrown : new Error(String(thrown));
      throw thrown;
    } finally {
      client.release(failed instanceof CommitUnanswered || isBroken(failed) ? failed : undefined);
    }
  }
}

const isBroken = (error: Error | undefined) => error !== undefined && isConnectionLost(error);
