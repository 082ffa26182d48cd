/**
 * Natural batching: one statement is under way on one connection, and what is asked for meanwhile goes together with the next.
 * Calls that one function of the database carries out for many go as one batch; any other call is a transaction of its own.
 *
 * Calls of one run are made in the order in which they were asked for: at most one of them is in a batch, unless the batch keeps
 * their order, and none passes another.
 * Nothing waits for a timer: a call that finds the lane free goes with what the same turn of the event loop asks for.
 */
import type pg from "pg";
import type { Batch, Durability } from "./batch.js";
import { DEADLOCKS_MAX, isConnectionLost, isDeadlock, toStoreError } from "./postgres-errors.js";
import type { Session } from "./session.js";
import { CommitUnanswered } from "./transaction.js";

export interface LaneCall<A, R> {
  readonly durability: Durability;
  /** The run whose calls keep their order; null for one that no other waits for. */
  readonly order: string | null;
  readonly batch: Batch<A, R> | null;
  /** Asked when its turn has come; null: it is to be made singly. */
  args(): A | null;
  /** A transaction of its own, on a connection that nothing else uses meanwhile. */
  singly(client: pg.Client): Promise<R>;
}

interface Waiting {
  readonly call: LaneCall<unknown, unknown>;
  /** As its turn found them. */
  args: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A longer statement would delay those behind it. */
const BATCH_MAX = 1_000;

export class WriteLane {
  private queue: Waiting[] = [];
  private pumping: Promise<void> | null = null;

  constructor(
    private readonly session: Session,
    private readonly location: string,
  ) {}

  call<A, R>(call: LaneCall<A, R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.queue.push({
        call: call as LaneCall<unknown, unknown>,
        args: null,
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      this.pumping ??= this.pump();
    });
  }

  /** All that was asked for so far is done. */
  async whenIdle(): Promise<void> {
    await this.pumping;
  }

  async close(): Promise<void> {
    await this.whenIdle();
    await this.session.close();
  }

  private async pump(): Promise<void> {
    // What one answer wakes asks for its next writes in the same turn: they go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      const lot = this.take();
      const { call, args } = lot[0] as Waiting;
      const { batch } = call;
      if (batch === null || args === null) await this.singly(lot[0] as Waiting);
      else await this.together(batch, lot);
    }
    this.pumping = null;
  }

  /** The first call, with those behind it that go with it. */
  private take(): readonly Waiting[] {
    const [first, ...rest] = this.queue as [Waiting, ...Waiting[]];
    const { batch } = first.call;
    first.args = first.call.args();
    if (batch === null || first.args === null) {
      this.queue = rest;
      return [first];
    }
    const lot = [first];
    const left: Waiting[] = [];
    const { isOfOneRun = false } = batch;
    const passed = new Set<string | null>(isOfOneRun ? [] : [first.call.order]);
    for (const one of rest) {
      const { order } = one.call;
      const mayGo =
        one.call.batch === batch &&
        lot.length < BATCH_MAX &&
        (!isOfOneRun || order === first.call.order) &&
        (order === null || !passed.has(order));
      if (mayGo) one.args = one.call.args();
      const isNext = mayGo && one.args !== null;
      // What goes along passes nobody; in a batch of many runs, a second call of the same one waits all the same.
      if (isOfOneRun && isNext) {
        lot.push(one);
        continue;
      }
      passed.add(order);
      (isNext ? lot : left).push(one);
    }
    this.queue = left;
    return lot;
  }

  private async together(batch: Batch<unknown, unknown>, lot: readonly Waiting[]): Promise<void> {
    const durability = lot.some(({ call }) => call.durability === "strict") ? "strict" : "soft";
    const calls = lot.map(({ args }) => args);
    let answers: readonly unknown[];
    try {
      answers = await this.on(true, (client) => batch.send(client, calls, durability));
    } catch (thrown) {
      if (thrown instanceof Unreachable) return refuse(lot, toStoreError(thrown.cause, this.location, thrown.isSent));
      // Nothing of it was written. One call that the database refuses must not fail the others.
      answers = lot.map(() => undefined);
    }
    for (const [place, one] of lot.entries()) {
      const answer = answers[place];
      if (answer === undefined) await this.singly(one);
      else one.resolve(answer);
    }
  }

  private async singly({ call, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.on(false, (client) => call.singly(client)));
    } catch (thrown) {
      const isLost = thrown instanceof Unreachable;
      reject(toStoreError(isLost ? thrown.cause : thrown, this.location, isLost && thrown.isSent));
    }
  }

  /**
   * `isOneStatement`: it commits by itself, so a connection that is lost during it leaves open whether it was written.
   * @throws {Unreachable} when the connection could not be made, or was lost.
   */
  private async on<T>(isOneStatement: boolean, work: (client: pg.Client) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const client = await this.session.connect().catch((cause: unknown) => {
        throw new Unreachable(cause, false);
      });
      try {
        return await work(client);
      } catch (thrown) {
        const isSent = isOneStatement || thrown instanceof CommitUnanswered;
        const cause = thrown instanceof CommitUnanswered ? thrown.cause : thrown;
        this.session.note(cause);
        if (isDeadlock(cause) && tries < DEADLOCKS_MAX) continue;
        if (isConnectionLost(cause)) throw new Unreachable(cause, isSent);
        throw cause;
      }
    }
  }
}

class Unreachable extends Error {
  constructor(
    override readonly cause: unknown,
    readonly isSent: boolean,
  ) {
    super("unreachable");
  }
}

function refuse(lot: readonly Waiting[], error: Error): void {
  for (const { reject } of lot) reject(error);
}
