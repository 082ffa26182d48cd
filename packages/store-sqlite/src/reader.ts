/**
 * Reads on the caller's thread, over one connection that cannot write. They are short and paged; a read that meets a
 * lock (another process recovers the log) is tried again later without blocking the event loop.
 */
import { StoreClosedError } from "@holdfast/core";
import type { SqlContext } from "./context.js";
import { FileIdentity } from "./file-identity.js";
import { isBusy, toStoreError } from "./sqlite-errors.js";
import { waitMs } from "./wait.js";
import { type ArgsOf, type OperationName, type ResultOf, runOperation } from "./writes.js";

/** A caller that polls in a loop must not keep timers and sockets from their turn: some milliseconds at the most. */
const READS_PER_TURN = 64;
/** A second: reads may be thousands in it, and the writer checks at each commit. */
const CHECK_FILE_MS = 1_000;

export class Reader {
  #isClosed = false;
  readonly identity: FileIdentity;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  /** Reads since the event loop last turned. */
  #readsThisTurn = 0;
  readonly #newTurn = () => {
    this.#readsThisTurn = 0;
  };

  constructor(
    readonly ctx: SqlContext,
    readonly busyTimeoutMs: number,
  ) {
    this.identity = new FileIdentity(ctx.location);
  }

  async read<N extends OperationName>(name: N, args: ArgsOf<N>): Promise<ResultOf<N>> {
    const startedMs = this.ctx.time.monotonicMs();
    if (this.#readsThisTurn++ === 0) setImmediate(this.#newTurn);
    if (this.#readsThisTurn > READS_PER_TURN) await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      if (this.#isClosed) throw new StoreClosedError({ location: this.ctx.location });
      try {
        this.ctx.stamp();
        this.#checkFile();
        return runOperation(this.ctx, name, args);
      } catch (thrown) {
        const waitedMs = this.ctx.time.monotonicMs() - startedMs;
        if (!isBusy(thrown) || waitedMs >= this.busyTimeoutMs) throw toStoreError(thrown, this.ctx.location, waitedMs);
      }
      await waitMs(5 + Math.random() * 10);
    }
  }

  /** Once, without waiting for a lock. */
  readNow<N extends OperationName>(name: N, args: ArgsOf<N>): ResultOf<N> {
    try {
      this.ctx.stamp();
      return runOperation(this.ctx, name, args);
    } catch (thrown) {
      throw toStoreError(thrown, this.ctx.location, 0);
    }
  }

  /** A process that only reads would show a file without a name for ever. */
  #checkFile(): void {
    if (this.ctx.monotonicMs - this.#checkedAtMs < CHECK_FILE_MS) return;
    this.#checkedAtMs = this.ctx.monotonicMs;
    this.identity.check();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.ctx.db.close();
  }
}
