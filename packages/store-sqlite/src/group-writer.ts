/**
 * Group commit: many operations, one transaction, one wait for the disk. Knows nothing of threads; `writer-thread.ts`
 * runs it beside the event loop, `inline-writer.ts` on it.
 *
 * Invariants: an answer is given only after the commit that holds its write; an operation that fails takes no other
 * with it (the rest is done again without it); after an error of the disk nothing is written any more.
 */
import { StoreLostError } from "@holdfast/core";
import { type SyncLevel, setSync } from "./connection.js";
import type { SqlContext } from "./context.js";
import type { FileIdentity } from "./file-identity.js";
import { moveEndedAttempts, RECENT_MAX } from "./sql/recent.js";
import { isBusy, isFatal, type SentError, sendError, toStoreError } from "./sqlite-errors.js";
import { OPERATION_LIST } from "./writes.js";

/** An operation by its place in the list, and its arguments. */
export interface Op {
  readonly code: number;
  readonly args: readonly unknown[];
}

export interface Answers {
  /** One for each operation, in order; undefined where it failed. */
  readonly results: unknown[];
  /** The failed ones by place; null when there are none. */
  readonly errors: [place: number, error: SentError][] | null;
}

export interface GroupWriterOptions {
  readonly busyTimeoutMs: number;
  readonly durability: "full" | "normal";
  /** Blocks for about `ms`; where blocking is not allowed it returns at once and `busyTimeoutMs` is 0. */
  readonly pause: (ms: number) => void;
  readonly random: () => number;
  readonly identity: FileIdentity;
}

export class GroupWriter {
  #sync: SyncLevel = "FULL";
  #stopped: Error | null = null;
  commitCount = 0;

  constructor(
    readonly ctx: SqlContext,
    readonly options: GroupWriterOptions,
  ) {
    setSync(ctx.db, this.#sync);
  }

  execute(ops: readonly Op[]): Answers {
    if (this.#stopped !== null) return failAll(ops, this.#stopped);
    try {
      const results = isAlone(ops) ? this.#runAlone(ops) : this.#commit(ops);
      return { results, errors: null };
    } catch (thrown) {
      const error = this.#judge(thrown);
      if (ops.length === 1 || this.#stopped !== null || isBusy(thrown)) return failAll(ops, error);
      return this.#replay(ops);
    }
  }

  #commit(ops: readonly Op[]): unknown[] {
    const { ctx } = this;
    const isStrict = this.options.durability === "full" && ops.some((op) => kindOf(op) === "strict");
    this.#setSync(isStrict ? "FULL" : "NORMAL");
    this.#begin();
    ctx.stamp();
    try {
      ctx.hot.begin(ctx);
      const results = this.#runAll(ops);
      ctx.hot.flush(ctx);
      ctx.prepare("COMMIT").run();
      this.commitCount += 1;
      // After the commit and before the answer: nothing is acknowledged that went into a file without a name.
      this.options.identity.check();
      return results;
    } catch (error) {
      rollBack(ctx);
      throw error;
    }
  }

  /** In their order; what stands side by side and is made for it goes as one lot. */
  #runAll(ops: readonly Op[]): unknown[] {
    const results: unknown[] = [];
    for (let at = 0; at < ops.length; ) {
      const { code } = ops[at] as Op;
      const lot = OPERATION_LIST[code]?.lot;
      let end = at + 1;
      while (lot !== undefined && ops[end]?.code === code) end += 1;
      if (lot === undefined || end === at + 1) {
        results.push(this.#run(ops[at] as Op));
      } else {
        this.ctx.hot.flush(this.ctx);
        const args = ops.slice(at, end).map((op) => op.args);
        for (const result of lot(this.ctx, args)) results.push(result);
      }
      at = end;
    }
    return results;
  }

  #run(op: Op): unknown {
    const { ctx } = this;
    const operation = OPERATION_LIST[op.code];
    if (operation === undefined) throw new Error(`There is no operation ${op.code}.`);
    if (operation.memory === "through") return operation.run(ctx, ...op.args);
    ctx.hot.flush(ctx);
    if (operation.memory === "beside" || operation.kind === "read") return operation.run(ctx, ...op.args);
    ctx.hot.forget();
    const result = operation.run(ctx, ...op.args);
    ctx.hot.flush(ctx);
    ctx.hot.forget();
    return result;
  }

  /** Outside of a transaction. */
  #runAlone(ops: readonly Op[]): unknown[] {
    this.ctx.stamp();
    return ops.map((op) => OPERATION_LIST[op.code]?.run(this.ctx, ...op.args));
  }

  /** Each by itself, so that only the bad one fails. Rare: costs a commit for each. */
  #replay(ops: readonly Op[]): Answers {
    const results: unknown[] = [];
    const failed: [number, SentError][] = [];
    for (const [place, op] of ops.entries()) {
      const one = this.execute([op]);
      results.push(one.results[0]);
      for (const [, error] of one.errors ?? []) failed.push([place, error]);
    }
    return { results, errors: failed.length === 0 ? null : failed };
  }

  /** PRAGMA synchronous is legal between transactions only; a later FULL commit also covers earlier soft ones. */
  #setSync(sync: SyncLevel): void {
    if (sync === this.#sync) return;
    setSync(this.ctx.db, sync);
    this.#sync = sync;
  }

  /** Take the write lock, waiting for other processes in short turns of random length so that none starves. */
  #begin(): void {
    const { ctx, options } = this;
    const begin = ctx.prepare("BEGIN IMMEDIATE");
    const startedMs = ctx.time.monotonicMs();
    for (let turn = 0; ; turn++) {
      try {
        begin.run();
        return;
      } catch (error) {
        if (!isBusy(error) || ctx.time.monotonicMs() - startedMs >= options.busyTimeoutMs) throw error;
        // From half a millisecond up to five: a commit of another process takes about one.
        options.pause((0.5 + options.random()) * Math.min(5, 1 + turn / 4));
      }
    }
  }

  /**
   * Move attempts that ended to their place, when there are enough to share pages, or `all` when nobody waits. For after
   * a group was answered: a commit of its own that waits neither for the disk nor for another process.
   */
  moveEnded(all = false): void {
    const { ctx } = this;
    if (this.#stopped !== null || ctx.recentCount < (all ? 1 : RECENT_MAX)) return;
    this.#setSync("NORMAL");
    try {
      ctx.prepare("BEGIN IMMEDIATE").run();
      moveEndedAttempts(ctx, null);
      ctx.prepare("COMMIT").run();
      ctx.recentCount = 0;
    } catch (thrown) {
      // Busy or full: they are as safe where they are, and the next turn tries again. Fatal ones stop the writer.
      rollBack(ctx);
      this.#judge(thrown);
    }
  }

  #judge(thrown: unknown): Error {
    const error = toStoreError(thrown, this.ctx.location, this.options.busyTimeoutMs);
    if (isFatal(thrown, this.ctx.location) || thrown instanceof StoreLostError) this.#stopped = error;
    return error;
  }

  /** Move what is in the log into the file, while nobody waits. */
  checkpoint(mode: "PASSIVE" | "TRUNCATE"): void {
    if (this.#stopped !== null) return;
    try {
      this.ctx.db.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (thrown) {
      // Busy or full: the log stays as it is, and the next turn tries again. Fatal ones stop the writer.
      this.#judge(thrown);
    }
  }

  /**
   * SQLite folds the log into the file when its last connection closes; but one whose statements live is closed only when
   * they are collected, which no driver lets us ask for. So it is done here, and another process's readers may keep the log.
   */
  close(): void {
    this.moveEnded(true);
    if (this.#stopped === null && this.ctx.location !== ":memory:") this.checkpoint("TRUNCATE");
    this.ctx.db.close();
  }

  /** Pages in the log, and those of them that are not in the file yet. */
  logPages(): { readonly all: number; readonly pending: number } {
    try {
      const row = this.ctx.get<{ log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)");
      return { all: row?.log ?? 0, pending: (row?.log ?? 0) - (row?.checkpointed ?? 0) };
    } catch {
      return { all: 0, pending: 0 };
    }
  }
}

function rollBack(ctx: SqlContext): void {
  ctx.forgetAll();
  try {
    ctx.prepare("ROLLBACK").run();
  } catch {
    // Some errors (a full disk, a failed write) have rolled back already, and a begin that was refused began nothing.
  }
}

/** An operation that cannot be part of a transaction is a group of its own. */
function isAlone(ops: readonly Op[]): boolean {
  return ops.length === 1 && ops[0] !== undefined && kindOf(ops[0]) === "alone";
}

export function kindOf(op: Op): string {
  return OPERATION_LIST[op.code]?.kind ?? "read";
}

function failAll(ops: readonly Op[], error: Error): Answers {
  const sent = sendError(error);
  return { results: ops.map(() => undefined), errors: ops.map((_, place) => [place, sent]) };
}
